package store

import (
	"slices"

	"pschook/oktaemu/internal/wire"
)

// PersonaPassword is the password of every persona.
const PersonaPassword = "demo"

// PersonaDomain follows the @ of every persona's login.
const PersonaDomain = "hopital.example"

// Persona is a health professional who signs in by one method, always with
// success. The same people exist in every org, under the same ids.
type Persona struct {
	Name     string   // "cpx"; the part of the login before the @
	Login    string   // "cpx@hopital.example"
	UserID   string   // Okta user id, 00u…
	Method   string   // what the person does to sign in, in words, English
	MethodFR string   // the same in French
	AMR      []string // what Okta then puts into the ID token (RFC 8176 spelling and Okta's own values)
}

// Personas returns the people that every org starts with.
func Personas() []Persona {
	var people []Persona
	for _, u := range personaUsers() {
		people = append(people, Persona{
			Name: u.Method.name, Login: u.Login(), UserID: u.ID,
			Method: u.Method.english, MethodFR: u.Method.french, AMR: slices.Clone(u.Method.AMR),
		})
	}
	return people
}

// Method is a way of signing in, and the evidence that Okta reports of it.
//
// The amr values are those of Okta developer docs, guides/configure-amr-claims-mapping
// (authenticator to amr); "mfa" joins whenever a second factor was verified. For a
// smart card they are what the administrator set on that identity provider.
type Method struct {
	name    string
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

func personaMethods() []Method {
	return []Method{
		{name: "password", english: "password only", french: "mot de passe seul", AMR: []string{"pwd"}, IDPType: "OKTA"},
		{name: "okta-verify", english: "password + Okta Verify push", french: "mot de passe + Okta Verify (notification)",
			AMR: []string{"pwd", "mfa", "okta_verify", "swk"}, Factor: factor{"push", "OKTA"}, IDPType: "OKTA"},
		{name: "totp", english: "password + Okta Verify code", french: "mot de passe + Okta Verify (code)",
			AMR: []string{"pwd", "mfa", "okta_verify", "otp"}, Factor: factor{"token:software:totp", "OKTA"}, IDPType: "OKTA"},
		{name: "fido2", english: "password + security key", french: "mot de passe + clé de sécurité (FIDO2)",
			AMR: []string{"pwd", "mfa", "pop"}, Factor: factor{"webauthn", "FIDO"}, IDPType: "OKTA"},
		{name: "cpx", english: "CPx smart card + PIN", french: "carte CPx + code PIN",
			AMR: []string{"sc", "pin", "mfa", "hwk"}, IDPType: "FEDERATION"},
		{name: "cpx-nopin", english: "CPx smart card without PIN", french: "carte CPx sans code PIN",
			AMR: []string{"sc", "hwk"}, IDPType: "FEDERATION"},
	}
}

// PasswordMethod is how users created through the Management API sign in.
func PasswordMethod() Method { return personaMethods()[0] }

// personaUsers returns the personas as user objects, without their times.
func personaUsers() []User {
	people := []struct{ first, last, title string }{
		{"Camille", "Roux", "Infirmière"},
		{"Hélène", "Marchand", "Médecin généraliste"},
		{"Karim", "Benali", "Pharmacien"},
		{"Sophie", "Lefèvre", "Sage-femme"},
		{"Antoine", "Girard", "Cardiologue"},
		{"Léa", "Fontaine", "Masseuse-kinésithérapeute"},
	}
	methods := personaMethods()
	users := make([]User, len(methods))
	for i, m := range methods {
		login := m.name + "@" + PersonaDomain
		users[i] = User{
			ID: wire.FixedID(wire.IDUser, "emu"+compact(m.name)), Status: "ACTIVE", Password: PersonaPassword, Method: m,
			Profile: map[string]any{
				"login": login, "email": login, "firstName": people[i].first, "lastName": people[i].last,
				"displayName": people[i].first + " " + people[i].last, "title": people[i].title,
				"locale": "fr_FR", "timezone": "Europe/Paris", "organization": "Hôpital de démonstration",
				"mobilePhone": nil, "secondEmail": nil,
			},
		}
	}
	return users
}

// compact drops what an id cannot hold.
func compact(name string) string {
	return string(slices.DeleteFunc([]byte(name), func(b byte) bool { return b == '-' }))
}

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
