package rehearsal

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Row sets what a token says beside what Keycloak keeps of the person.
type Row struct {
	Name  string // of the claim; "appairage" is the federated identity
	Token string // lists sorted, with spaces between
	Kept  string
}

// Same says that both are the same, and not empty.
func (r Row) Same() bool { return r.Token == r.Kept && r.Token != "" }

// Compare sets the claims of the org's access token, and those of the service's ID token, beside what Keycloak keeps of
// the person and of the appairage with the provider of that alias.
func Compare(minted, served map[string]any, kept Stored, provider string) []Row {
	rows := make([]Row, 0, 8)
	for _, name := range []string{"oid", "tid", "amr"} {
		rows = append(rows, Row{name, text(minted[name]), sorted(kept.Attributes[name])})
	}
	link := Row{Name: "appairage", Token: text(minted["tid"]) + ":" + text(minted["oid"])}
	for _, l := range kept.Links {
		if l.Provider == provider {
			link.Kept = l.UserID
		}
	}
	rows = append(rows, link)
	for name, value := range map[string]string{
		"preferred_username": kept.Username, "given_name": kept.FirstName, "family_name": kept.LastName,
		"SubjectNameID": sorted(kept.Attributes["SubjectNameID"]),
	} {
		rows = append(rows, Row{name, text(served[name]), value})
	}
	slices.SortStableFunc(rows[4:], func(a, b Row) int { return strings.Compare(a.Name, b.Name) })
	return rows
}

// text is a claim as Keycloak's mappers read it.
func text(claim any) string {
	switch c := claim.(type) {
	case nil:
		return ""
	case []any:
		var values []string
		for _, v := range c {
			values = append(values, text(v))
		}
		return sorted(values)
	}
	return fmt.Sprint(claim)
}

func sorted(values []string) string {
	values = slices.Clone(values)
	slices.Sort(values)
	return strings.Join(values, " ")
}

// Minted are the claims of the access token that an org minted: those that it told the hook (request), and those that
// the hook's answer added or replaced. The answer must have been applied.
func Minted(request json.RawMessage, answer string) (map[string]any, error) {
	var asked struct {
		Data struct {
			Access struct {
				Claims map[string]any `json:"claims"`
			} `json:"access"`
		} `json:"data"`
	}
	var answered struct {
		Commands []struct {
			Type  string `json:"type"`
			Value []struct {
				Path  string `json:"path"`
				Value any    `json:"value"`
			} `json:"value"`
		} `json:"commands"`
	}
	err := errors.Join(json.Unmarshal(request, &asked), json.Unmarshal([]byte(answer), &answered))
	claims := asked.Data.Access.Claims
	if err == nil && claims == nil {
		err = errors.New("the call of the hook has no claims of an access token")
	}
	if err != nil {
		return nil, err
	}
	for _, c := range answered.Commands {
		for _, patch := range c.Value {
			if name, ok := strings.CutPrefix(patch.Path, "/claims/"); ok && c.Type == "com.okta.access.patch" {
				claims[name] = patch.Value
			}
		}
	}
	return claims, nil
}
