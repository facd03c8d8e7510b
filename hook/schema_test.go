package hook_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"
)

// schema is the part of an OpenAPI schema that Okta uses to describe answers.
type schema struct {
	Type       string            `json:"type"       yaml:"type"`
	Properties map[string]schema `json:"properties" yaml:"properties"`
	Items      *schema           `json:"items"      yaml:"items"`
	OneOf      []schema          `json:"oneOf"      yaml:"oneOf"`
}

// oktaOpenAPI is where a copy of Okta's management OpenAPI may lie, beside the checkout.
const oktaOpenAPI = "../../shared/data/okta-openapi-subset.yaml"

// answerSchema reads the facts about answers in testdata. They are Okta's, with one addition: a
// patch may hold an array. Okta's examples show it, and its schema leaves it out.
func answerSchema(t *testing.T) schema {
	t.Helper()
	text, err := os.ReadFile("../testdata/answer-schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// conforms reports every member of value that the schema does not have or gives another type.
func conforms(s schema, value any, path string) []string {
	if len(s.OneOf) > 0 {
		for _, one := range s.OneOf {
			if len(conforms(one, value, path)) == 0 {
				return nil
			}
		}
		return []string{path + ": none of the types allowed"}
	}
	switch v := value.(type) {
	case map[string]any:
		if s.Type != "object" {
			return []string{path + ": an object, want " + s.Type}
		}
		var faults []string
		for name, member := range v {
			inner, ok := s.Properties[name]
			if !ok {
				faults = append(faults, path+": unknown member "+name)
				continue
			}
			faults = append(faults, conforms(inner, member, path+"."+name)...)
		}
		return faults
	case []any:
		if s.Type != "array" || s.Items == nil {
			return []string{path + ": an array, want " + s.Type}
		}
		var faults []string
		for i, item := range v {
			faults = append(faults, conforms(*s.Items, item, fmt.Sprintf("%s[%d]", path, i))...)
		}
		return faults
	case string:
		if s.Type != "string" {
			return []string{path + ": a string, want " + s.Type}
		}
		return nil
	default:
		return []string{fmt.Sprintf("%s: %T", path, value)}
	}
}

func TestGoldenAnswersConformToOktasSchema(t *testing.T) {
	t.Parallel()
	s := answerSchema(t)
	files, err := filepath.Glob(answersDir + "/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden answers: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var golden struct {
			Status int
			Body   any
		}
		if err := json.Unmarshal(text, &golden); err != nil {
			t.Fatal(err)
		}
		if golden.Status == 204 {
			continue
		}
		if faults := conforms(s, golden.Body, filepath.Base(file)); len(faults) > 0 {
			t.Errorf("%q", faults)
		}
	}
	if faults := conforms(s, map[string]any{"commands": map[string]any{}, "mistake": "x"}, "self-test"); len(faults) != 2 {
		t.Errorf("the check does not see faults: %q", faults)
	}
}

// The facts in testdata agree with Okta's published schema, if a copy is at hand.
func TestAnswerSchemaIsOktas(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(oktaOpenAPI)
	if err != nil {
		t.Skipf("no copy of Okta's OpenAPI beside the checkout: %v", err)
	}
	var published struct {
		Components struct {
			Schemas map[string]schema `yaml:"schemas"`
		} `yaml:"components"`
	}
	if err := yaml.Unmarshal(text, &published); err != nil {
		t.Fatal(err)
	}
	want := published.Components.Schemas["TokenHookResponse"]
	mine := answerSchema(t)
	value := mine.Properties["commands"].Items.Properties["value"].Items.Properties
	patch := value["value"]
	patch.OneOf = slices.DeleteFunc(slices.Clone(patch.OneOf), func(s schema) bool { return s.Type == "array" })
	value["value"] = patch
	got, err := json.Marshal(mine)
	if err != nil {
		t.Fatal(err)
	}
	wanted, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(wanted) {
		t.Errorf("testdata/answer-schema.json\n%s\nOkta publishes\n%s", got, wanted)
	}
}
