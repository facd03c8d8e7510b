package rehearsal

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	askedHook = `{"data":{"access":{"claims":{"ver":1,"amr":["pwd"]}}}}`
	hookSays  = `{"commands":[{"type":"com.okta.identity.patch","value":[{"op":"add","path":"/claims/tid","value":"of the ID token"}]},
		{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/oid","value":"00u1"},{"op":"add","path":"/claims/tid","value":"00o1"},
			{"op":"replace","path":"/claims/amr","value":["swk","mfa"]}]}]}`
)

func TestCompare(t *testing.T) {
	t.Parallel()
	minted, err := Minted(json.RawMessage(askedHook), hookSays)
	if err != nil {
		t.Fatal(err)
	}
	served := map[string]any{"preferred_username": "8997", "given_name": "Léa", "family_name": "Fontaine", "SubjectNameID": "8997"}
	kept := func(spoil func(*Stored)) Stored {
		s := Stored{
			Username: "8997", FirstName: "Léa", LastName: "Fontaine", Links: []Link{{Provider: "OKTA_other", UserID: "00o1:00u1"}, {Provider: "OKTA_x", UserID: "00o1:00u1"}},
			Attributes: map[string][]string{"oid": {"00u1"}, "tid": {"00o1"}, "amr": {"mfa", "swk"}, "SubjectNameID": {"8997"}},
		}
		spoil(&s)
		return s
	}
	tests := map[string]struct {
		spoil     func(*Stored)
		different []string
	}{
		"same":           {func(*Stored) {}, nil},
		"another oid":    {func(s *Stored) { s.Attributes["oid"] = []string{"00u2"} }, []string{"oid"}},
		"one amr more":   {func(s *Stored) { s.Attributes["amr"] = []string{"swk", "mfa", "pwd"} }, []string{"amr"}},
		"no tid":         {func(s *Stored) { delete(s.Attributes, "tid") }, []string{"tid"}},
		"linked by sub":  {func(s *Stored) { s.Links[1].UserID = "00u1" }, []string{"appairage"}},
		"not linked":     {func(s *Stored) { s.Links = s.Links[:1] }, []string{"appairage"}},
		"another person": {func(s *Stored) { s.Username, s.FirstName = "8998", "Karim" }, []string{"given_name", "preferred_username"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var different []string
			rows := Compare(minted, served, kept(tt.spoil), "OKTA_x")
			for _, row := range rows {
				if !row.Same() {
					different = append(different, row.Name)
				}
			}
			if diff := cmp.Diff(tt.different, different); diff != "" || len(rows) != 8 {
				t.Errorf("%d rows; different (-want +got):\n%s", len(rows), diff)
			}
		})
	}
}

func TestMintedRefuses(t *testing.T) {
	t.Parallel()
	for want, call := range map[string][2]string{
		"no claims of an access token": {`{"data":{}}`, `{}`},
		"unexpected end of JSON input": {askedHook, ``},
		"invalid character":            {`x`, `{}`},
	} {
		if _, err := Minted(json.RawMessage(call[0]), call[1]); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", call, err, want)
		}
	}
}
