package hookanswer_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/oktaemu/internal/hookanswer"
)

// table reserves a few claims, enough to see the rules.
type table struct{}

func (table) IDToken(claim string) bool { return slices.Contains([]string{"sub", "oid", "amr"}, claim) }
func (table) AccessToken(claim string) bool {
	return slices.Contains([]string{"sub", "aud", "uid"}, claim)
}

func both() hookanswer.Minting {
	return hookanswer.Minting{
		Identity: &hookanswer.Token{Claims: map[string]any{"sub": "00u1", "amr": []string{"pwd"}}, Lifetime: 3600},
		Access: &hookanswer.Token{Lifetime: 3600, Claims: map[string]any{
			"sub": "a@example", "uid": "00u1", "aud": "api://x", "dept": map[string]any{"name": "ER", "ids": []any{"1", "2"}}, "list": []string{"a"},
		}},
	}
}

func access(ops string) string {
	return `{"commands":[{"type":"com.okta.access.patch","value":[` + ops + `]}]}`
}

func identity(ops string) string {
	return `{"commands":[{"type":"com.okta.identity.patch","value":[` + ops + `]}]}`
}

func TestApply(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		answer  string
		without string // "identity" or "access": not minted
		id, at  string // JSON of the members that change; empty: none
		why     string // of the refusal; empty: it applies
	}{
		{name: "nothing", answer: `{}`},
		{name: "no_commands", answer: `{"commands":[]}`},
		{name: "unknown_members", answer: `{"x":1,"commands":[{"y":2,"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/a","value":1,"z":3}]}]}`, at: `{"a":1}`},
		{name: "add_array", answer: access(`{"op":"add","path":"/claims/amr","value":["swk","mfa"]}`), at: `{"amr":["swk","mfa"]}`},
		{name: "add_replaces", answer: access(`{"op":"add","path":"/claims/list","value":"x"}`), at: `{"list":"x"}`},
		{name: "add_null", answer: access(`{"op":"add","path":"/claims/a","value":null}`), at: `{"a":null}`},
		{name: "big_number_keeps_digits", answer: access(`{"op":"add","path":"/claims/n","value":12345678901234567890}`), at: `{"n":12345678901234567890}`},
		{name: "add_member", answer: access(`{"op":"add","path":"/claims/dept/code","value":7}`), at: `{"dept":{"code":7,"ids":["1","2"],"name":"ER"}}`},
		{name: "add_at_end", answer: access(`{"op":"add","path":"/claims/list/-","value":"b"}`), at: `{"list":["a","b"]}`},
		{name: "add_at_index", answer: access(`{"op":"add","path":"/claims/dept/ids/0","value":"0"}`), at: `{"dept":{"ids":["0","1","2"],"name":"ER"}}`},
		{name: "add_at_length", answer: access(`{"op":"add","path":"/claims/list/1","value":"b"}`), at: `{"list":["a","b"]}`},
		{name: "replace_index", answer: access(`{"op":"replace","path":"/claims/dept/ids/1","value":"9"}`), at: `{"dept":{"ids":["1","9"],"name":"ER"}}`},
		{name: "remove_index", answer: access(`{"op":"remove","path":"/claims/dept/ids/0"}`), at: `{"dept":{"ids":["2"],"name":"ER"}}`},
		{name: "remove_null", answer: access(`{"op":"remove","path":"/claims/dept/name","value":null}`), at: `{"dept":{"ids":["1","2"]}}`},
		{name: "escaped_name", answer: access(`{"op":"add","path":"/claims/https:~1~1x.example~1a~0b","value":1}`), at: `{"https://x.example/a~b":1}`},
		{name: "replace_sub_and_aud", answer: access(`{"op":"replace","path":"/claims/sub","value":"x"},{"op":"replace","path":"/claims/aud","value":"y"}`), at: `{"sub":"x","aud":"y"}`},
		{name: "later_sees_earlier", answer: access(`{"op":"add","path":"/claims/o","value":{}},{"op":"add","path":"/claims/o/p","value":1}`), at: `{"o":{"p":1}}`},
		{name: "both_tokens", answer: `{"commands":[{"type":"com.okta.identity.patch","value":[{"op":"add","path":"/claims/tid","value":"t"}]},{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/tid","value":"t"}]}]}`,
			id: `{"tid":"t"}`, at: `{"tid":"t"}`},

		{name: "reserved_id", answer: identity(`{"op":"add","path":"/claims/oid","value":"1"}`), why: `commands[0].value[0] "/claims/oid": claim "oid" is reserved`},
		{name: "reserved_access", answer: access(`{"op":"add","path":"/claims/uid","value":"1"}`), why: `claim "uid" is reserved`},
		{name: "reserved_inside", answer: identity(`{"op":"add","path":"/claims/amr/-","value":"mfa"}`), why: `claim "amr" is reserved`},
		{name: "add_sub", answer: access(`{"op":"add","path":"/claims/sub","value":"x"}`), why: `claim "sub" is reserved`},
		{name: "remove_aud", answer: access(`{"op":"remove","path":"/claims/aud"}`), why: `claim "aud" is reserved`},
		{name: "replace_sub_by_number", answer: access(`{"op":"replace","path":"/claims/sub","value":1}`), why: "can only be replaced by a string"},
		{name: "replace_sub_of_id_token", answer: identity(`{"op":"replace","path":"/claims/sub","value":"x"}`), why: `claim "sub" is reserved`},
		{name: "no_access_token", answer: access(`{"op":"add","path":"/claims/a","value":1}`), without: "access", why: "commands[0]: patches the access token, but none is being minted"},
		{name: "no_id_token", answer: identity(`{"op":"add","path":"/claims/a","value":1}`), without: "identity", why: "commands[0]: patches the ID token, but none is being minted"},
		{name: "empty_command_for_no_token", answer: identity(``), without: "identity", why: "none is being minted"},
		{name: "one_bad_loses_all", answer: access(`{"op":"add","path":"/claims/a","value":1},{"op":"add","path":"/claims/uid","value":1}`), why: "commands[0].value[1]"},
		{name: "unknown_type", answer: `{"commands":[{"type":"com.okta.user.update","value":[]}]}`, why: `type "com.okta.user.update" is unknown`},
		{name: "unknown_op", answer: access(`{"op":"move","path":"/claims/a","value":1}`), why: `op "move" is unknown`},
		{name: "op_is_case_sensitive", answer: access(`{"op":"Add","path":"/claims/a","value":1}`), why: `op "Add" is unknown`},
		{name: "add_without_value", answer: access(`{"op":"add","path":"/claims/a"}`), why: "add needs a value"},
		{name: "remove_with_value", answer: access(`{"op":"remove","path":"/claims/list","value":1}`), why: "remove takes no value, or null"},
		{name: "replace_absent", answer: access(`{"op":"replace","path":"/claims/a","value":1}`), why: `"a" is not there`},
		{name: "remove_absent", answer: access(`{"op":"remove","path":"/claims/a"}`), why: `"a" is not there`},
		{name: "parent_absent", answer: access(`{"op":"add","path":"/claims/a/b","value":1}`), why: `"a" is not there`},
		{name: "parent_is_text", answer: access(`{"op":"add","path":"/claims/dept/name/x","value":1}`), why: `the parent of "x" is neither an object nor an array`},
		{name: "index_too_far", answer: access(`{"op":"add","path":"/claims/list/2","value":1}`), why: "the array has no element 2"},
		{name: "replace_end", answer: access(`{"op":"replace","path":"/claims/list/-","value":1}`), why: `"-" is not an array index`},
		{name: "leading_zero", answer: access(`{"op":"replace","path":"/claims/list/00","value":1}`), why: `"00" is not an array index`},
		{name: "negative_index", answer: access(`{"op":"remove","path":"/claims/list/-1"}`), why: `"-1" is not an array index`},
		{name: "path_without_claims", answer: access(`{"op":"add","path":"/a","value":1}`), why: "path is neither"},
		{name: "path_without_name", answer: access(`{"op":"add","path":"/claims/","value":1}`), why: "path is neither"},
		{name: "path_empty_part", answer: access(`{"op":"add","path":"/claims/a//b","value":1}`), why: "empty part"},
		{name: "path_bad_escape", answer: access(`{"op":"add","path":"/claims/a~2","value":1}`), why: "neither ~0 nor ~1"},
		{name: "lifetime_short", answer: access(`{"op":"replace","path":"/token/lifetime/expiration","value":299}`), why: "a lifetime lies in 300..86400 s"},
		{name: "lifetime_long", answer: access(`{"op":"replace","path":"/token/lifetime/expiration","value":86401}`), why: "a lifetime lies in 300..86400 s"},
		{name: "lifetime_fraction", answer: access(`{"op":"replace","path":"/token/lifetime/expiration","value":300.5}`), why: "whole number of seconds"},
		{name: "lifetime_text", answer: access(`{"op":"replace","path":"/token/lifetime/expiration","value":"600"}`), why: "whole number of seconds"},
		{name: "lifetime_added", answer: access(`{"op":"add","path":"/token/lifetime/expiration","value":600}`), why: "a lifetime can only be replaced"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			start := both()
			switch tc.without {
			case "identity":
				start.Identity = nil
			case "access":
				start.Access = nil
			}
			before := text(t, start)
			answer, err := hookanswer.Parse([]byte(tc.answer))
			if err != nil {
				t.Fatal(err)
			}
			got, err := answer.Apply(start, table{})
			if diff := cmp.Diff(before, text(t, start)); diff != "" {
				t.Errorf("Apply changed its argument (-before +after):\n%s", diff)
			}
			if tc.why != "" {
				var fault *hookanswer.CommandError
				if !errors.As(err, &fault) || !strings.Contains(err.Error(), tc.why) {
					t.Fatalf("error %v, want a CommandError with %q", err, tc.why)
				}
				tc.id, tc.at = "", ""
			} else if err != nil {
				t.Fatal(err)
			}
			want := both()
			if tc.without != "" {
				want = start
			}
			overlay(t, want.Identity, tc.id)
			overlay(t, want.Access, tc.at)
			if diff := cmp.Diff(text(t, want), text(t, got)); diff != "" {
				t.Errorf("tokens (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLifetimes(t *testing.T) {
	t.Parallel()
	answer, err := hookanswer.Parse([]byte(`{"commands":[
		{"type":"com.okta.access.patch","value":[{"op":"replace","path":"/token/lifetime/expiration","value":300}]},
		{"type":"com.okta.identity.patch","value":[{"op":"replace","path":"/token/lifetime/expiration","value":86400}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := answer.Apply(both(), table{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Access.Lifetime != 300 || got.Identity.Lifetime != 86400 {
		t.Errorf("lifetimes %d and %d, want 300 and 86400", got.Access.Lifetime, got.Identity.Lifetime)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	long := `{"a":"` + strings.Repeat("x", hookanswer.MaxBytes) + `"}`
	tests := []struct{ name, body, want string }{
		{"empty", "", "is empty"},
		{"not_json", "<html>", "not a JSON object"},
		{"array", "[]", "not a JSON object"},
		{"null", "null", "not a JSON object"},
		{"cut_off", `{"commands":[`, "not a valid hook response"},
		{"trailing", `{} {}`, "not a valid hook response"},
		{"duplicate", `{"commands":[],"commands":[]}`, "duplicate"},
		{"duplicate_inside_value", access(`{"op":"add","path":"/claims/a","value":{"x":1,"x":2}}`), "duplicate"},
		{"commands_object", `{"commands":{}}`, "/commands"},
		{"value_object", `{"commands":[{"type":"com.okta.access.patch","value":{}}]}`, "/commands/0/value"},
		{"op_number", access(`{"op":1,"path":"/claims/a","value":1}`), "/commands/0/value/0/op"},
		{"error_text", `{"error":"no"}`, "/error"},
		{"invalid_utf8", "{\"a\":\"\xff\"}", "UTF-8"},
		{"too_long", long, "less than"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := hookanswer.Parse([]byte(tc.body))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one with %q", err, tc.want)
			}
		})
	}
}

func TestParseError(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"error":{"errorSummary":"Carte expirée"}}`: "Carte expirée",
		`{"error":{}}`: hookanswer.DefaultErrorSummary,
	} {
		answer, err := hookanswer.Parse([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if answer.Error == nil || answer.Error.Summary != want {
			t.Errorf("%s: error %+v, want %q", body, answer.Error, want)
		}
	}
	if answer, err := hookanswer.Parse([]byte(`{"error":null}`)); err != nil || answer.Error != nil {
		t.Errorf("error null: %+v, %v; want none", answer.Error, err)
	}
}

// FuzzApply holds every answer to the promise: applied whole, or not at all; never
// a reserved claim; never another lifetime than allowed; the argument untouched.
func FuzzApply(f *testing.F) {
	for _, body := range seeds(f) {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		answer, err := hookanswer.Parse(body)
		if err != nil {
			return
		}
		start := both()
		before := text(t, start)
		got, err := answer.Apply(start, table{})
		if after := text(t, start); after != before {
			t.Fatalf("argument changed: %s", after)
		}
		if err != nil {
			if text(t, got) != before {
				t.Fatalf("partly applied: %v", err)
			}
			return
		}
		for _, claim := range []string{"sub", "oid", "amr"} {
			if diff := cmp.Diff(start.Identity.Claims[claim], got.Identity.Claims[claim]); diff != "" {
				t.Fatalf("reserved claim %s of the ID token changed: %s", claim, diff)
			}
		}
		if diff := cmp.Diff(start.Access.Claims["uid"], got.Access.Claims["uid"]); diff != "" {
			t.Fatalf("reserved claim uid changed: %s", diff)
		}
		for _, token := range []*hookanswer.Token{got.Identity, got.Access} {
			if token.Lifetime < hookanswer.MinLifetime || token.Lifetime > hookanswer.MaxLifetime {
				t.Fatalf("lifetime %d", token.Lifetime)
			}
		}
		text(t, got) // what is minted must be encodable
	})
}

// seeds are answers of every kind; it fails when there is none.
func seeds(tb testing.TB) [][]byte {
	tb.Helper()
	list := [][]byte{
		[]byte(`{}`), []byte(`{"error":{"errorSummary":"x"}}`),
		[]byte(access(`{"op":"add","path":"/claims/amr","value":["swk"]},{"op":"replace","path":"/claims/sub","value":"x"}`)),
		[]byte(access(`{"op":"remove","path":"/claims/dept/ids/0"},{"op":"add","path":"/claims/dept/ids/-","value":{"a":[1]}}`)),
		[]byte(identity(`{"op":"replace","path":"/token/lifetime/expiration","value":600}`)),
		[]byte(identity(`{"op":"add","path":"/claims/a~1b","value":1e400}`)),
	}
	parsed := 0
	for _, body := range list {
		if _, err := hookanswer.Parse(body); err == nil {
			parsed++
		}
	}
	if parsed != len(list) {
		tb.Fatalf("%d of %d seeds can be parsed: the fuzz test would see nothing", parsed, len(list))
	}
	return list
}

func text(tb testing.TB, m hookanswer.Minting) string {
	tb.Helper()
	out, err := json.Marshal(m)
	if err != nil {
		tb.Fatal(err)
	}
	return string(out)
}

// overlay lays the members of a JSON object over the token's claims.
func overlay(tb testing.TB, token *hookanswer.Token, members string) {
	tb.Helper()
	if members == "" {
		return
	}
	decoder := json.NewDecoder(strings.NewReader(members))
	decoder.UseNumber()
	var changed map[string]any
	if err := decoder.Decode(&changed); err != nil {
		tb.Fatal(err)
	}
	maps.Copy(token.Claims, changed)
}
