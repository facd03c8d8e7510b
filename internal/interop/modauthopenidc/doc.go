// Package modauthopenidc holds a test only: Apache's mod_auth_openidc, which guards
// many web applications that know nothing of OpenID Connect, signs people in at the
// emulator of package oktaemu. It needs Debian's packages apache2-bin and
// libapache2-mod-auth-openidc.
package modauthopenidc
