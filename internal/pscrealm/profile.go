package pscrealm

import "encoding/json"

// The user profile: the attributes of an account, and who may see and change them.

type profile struct {
	Attributes []profileAttribute `json:"attributes"`
}

type profileAttribute struct {
	Name        string         `json:"name"`
	DisplayName string         `json:"displayName"`
	Multivalued bool           `json:"multivalued"`
	Permissions permissions    `json:"permissions"`
	Required    *requiredFor   `json:"required,omitempty"`
	Validations map[string]any `json:"validations,omitempty"`
	Annotations map[string]any `json:"annotations,omitempty"`
}

type permissions struct {
	View []string `json:"view"`
	Edit []string `json:"edit"`
}

type requiredFor struct {
	Roles []string `json:"roles"`
}

// userProfile makes Keycloak ask for a confirmation at each sign-in. Keycloak shows its page on
// incomplete accounts whenever a required attribute is empty, and the mapper of each provider
// empties confirmation. The field is a radio button, because Keycloak's pages send an empty value
// for checkboxes too, and a required attribute must not have one.
func userProfile() component {
	admin, both := []string{"admin"}, []string{"admin", "user"}
	hidden := func(name string, several bool) profileAttribute {
		return profileAttribute{Name: name, DisplayName: name, Multivalued: several, Permissions: permissions{admin, admin}}
	}
	shown := func(name, label string) profileAttribute {
		return profileAttribute{Name: name, DisplayName: label, Permissions: permissions{both, admin}}
	}
	p := profile{Attributes: []profileAttribute{
		{Name: "username", DisplayName: "${username}", Permissions: permissions{both, both}},
		shown("firstName", "${firstName}"), shown("lastName", "${lastName}"),
		hidden("email", false), hidden("SubjectNameID", false),
		hidden("oid", true), hidden("tid", true), hidden("amr", true),
		{
			Name: "confirmation", DisplayName: "${pscConfirm}", Permissions: permissions{both, both},
			Required:    &requiredFor{Roles: []string{"user"}},
			Validations: map[string]any{"options": map[string]any{"options": []string{"yes"}}},
			Annotations: map[string]any{"inputType": "select-radiobuttons", "inputOptionLabels": map[string]string{"yes": "${pscConfirmYes}"}},
		},
	}}
	config, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings, lists and maps of them always marshal
	}
	return component{"user profile", "declarative-user-profile", map[string][]string{"kc.user.profile.config": {string(config)}}}
}
