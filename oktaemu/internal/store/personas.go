package store

import (
	"slices"
	"strings"
)

// PersonaPassword is the password of every persona.
const PersonaPassword = "demo"

// PersonaDomain follows the @ of every persona's login.
const PersonaDomain = "hopital.example"

// Persona is a person who signs in by one method, always with success.
type Persona struct {
	Name     string   // "cpx"; the login, without a "@hopital.example" at its end
	Login    string   // "cpx@hopital.example"
	UserID   string   // Okta user id, 00u…
	Method   string   // what the person does to sign in, in words, English
	MethodFR string   // the same in French
	AMR      []string // what Okta then puts into the ID token (RFC 8176 spelling and Okta's own values)
}

// Personas returns the people that a seed made and who can sign in, up to maxPersonas.
func (s *State) Personas() []Persona {
	var people []Persona
	for _, u := range s.Users.List() {
		if u.Seeded && u.Status == UserActive && u.HasPassword() && len(people) < maxPersonas {
			people = append(people, Persona{
				Name: strings.TrimSuffix(u.Login(), "@"+PersonaDomain), Login: u.Login(), UserID: u.ID,
				Method: u.Method.english, MethodFR: u.Method.french, AMR: slices.Clone(u.Method.AMR),
			})
		}
	}
	return people
}

// maxPersonas bounds the buttons on the sign-in page.
const maxPersonas = 50

// Method is a way of signing in, and the evidence that Okta reports of it.
//
// The amr values are those of Okta developer docs, guides/configure-amr-claims-mapping
// (authenticator to amr); "mfa" joins whenever a second factor was verified. For a
// smart card they are what the administrator set on that identity provider.
type Method struct {
	Name    string
	english string
	french  string
	AMR     []string
	Factor  factor // the enrolled second factor; zero when there is none
	IDPType string // session.idp.type
}

// factor is an enrolled authenticator as /api/v1/users/{id}/factors shows it.
type factor struct {
	Kind     string // factorType
	Provider string
}

func methods() []Method {
	return []Method{
		{Name: "password", english: "password only", french: "mot de passe seul", AMR: []string{"pwd"}, IDPType: "OKTA"},
		{Name: "okta-verify", english: "password + Okta Verify push", french: "mot de passe + Okta Verify (notification)",
			AMR: []string{"pwd", "mfa", "okta_verify", "swk"}, Factor: factor{"push", "OKTA"}, IDPType: "OKTA"},
		{Name: "totp", english: "password + Okta Verify code", french: "mot de passe + Okta Verify (code)",
			AMR: []string{"pwd", "mfa", "okta_verify", "otp"}, Factor: factor{"token:software:totp", "OKTA"}, IDPType: "OKTA"},
		{Name: "fido2", english: "password + security key", french: "mot de passe + clé de sécurité (FIDO2)",
			AMR: []string{"pwd", "mfa", "pop"}, Factor: factor{"webauthn", "FIDO"}, IDPType: "OKTA"},
		{Name: "cpx", english: "CPx smart card + PIN", french: "carte CPx + code PIN",
			AMR: []string{"sc", "pin", "mfa", "hwk"}, IDPType: "FEDERATION"},
		{Name: "cpx-nopin", english: "CPx smart card without PIN", french: "carte CPx sans code PIN",
			AMR: []string{"sc", "hwk"}, IDPType: "FEDERATION"},
	}
}

// MethodNamed returns the method of that name.
func MethodNamed(name string) (Method, bool) {
	i := slices.IndexFunc(methods(), func(m Method) bool { return m.Name == name })
	if i < 0 {
		return Method{}, false
	}
	return methods()[i], true
}

// MethodNames returns the names of the methods.
func MethodNames() []string {
	var names []string
	for _, m := range methods() {
		names = append(names, m.Name)
	}
	return names
}

// PasswordMethod is how users created through the Management API sign in.
func PasswordMethod() Method { return methods()[0] }

// HookAMR translates amr values to the spelling that a hook call's
// context.session.amr uses (Okta developer docs, the sessions API, "AMR object").
// Values without such a spelling are left out.
func HookAMR(amr []string) []string {
	spelling := map[string]string{
		"pwd": "PASSWORD", "swk": "POP_SOFTWARE_KEY", "hwk": "POP_HARDWARE_KEY", "otp": "ONE_TIME_PASSWORD",
		"sms": "SMS_MESSAGE", "tel": "TELEPHONE_CALL", "geo": "GEOLOCATION", "fpt": "BIO_FINGERPRINT",
		"kba": "KNOWLEDGE_BASED_AUTHENTICATION", "mfa": "MULTIFACTOR_AUTHENTICATION",
		"mca": "MULTIPLE_CHANNEL_AUTHENTICATION", "sc": "SMART_CARD",
	}
	spelled := make([]string, 0, len(amr))
	for _, value := range amr {
		if s, ok := spelling[value]; ok {
			spelled = append(spelled, s)
		}
	}
	return spelled
}
