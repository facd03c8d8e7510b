package management

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// checkProfile holds a profile against the user schema. The fault has all causes, as Okta's; object is what Okta calls the
// user where an attribute is not of the schema.
func (c *call) checkProfile(object string, profile map[string]any) *wire.APIError {
	schema := baseSchema()
	for name, definition := range c.UserAttributes {
		schema[name] = definition
	}
	var causes []string
	for _, name := range slices.Sorted(maps.Keys(profile)) {
		definition := store.Object(schema[name])
		if _, there := schema[name]; !there {
			return wire.ErrInvalid(object, fmt.Sprintf("Property name '%s' is not defined in profile", name))
		}
		if fault := attributeFault(definition, profile[name]); fault != "" && profile[name] != nil {
			causes = append(causes, name+": "+fault)
		}
	}
	for _, name := range requiredAttributes() {
		switch text, _ := profile[name].(string); {
		case text == "":
			causes = append(causes, name+": The field cannot be left blank")
		case name == "login" && !isEmail(text):
			causes = append(causes, "login: Username must be in the form of an email address")
		}
	}
	if len(causes) == 0 {
		return nil
	}
	first, _, _ := strings.Cut(causes[0], ":")
	return wire.ErrInvalid(first, causes...)
}

// attributeFault says what is wrong with a value of an attribute that the schema defines so; "" for nothing.
func attributeFault(definition map[string]any, value any) string {
	switch kind := definition["type"]; value := value.(type) {
	case string:
		if kind != "string" {
			return fmt.Sprintf("must be of the type %v", kind)
		}
		return textFault(definition, value)
	case bool:
		if kind == "boolean" {
			return ""
		}
	case float64:
		if kind == "number" || kind == "integer" && value == math.Trunc(value) {
			return ""
		}
	case []any:
		if kind == "array" {
			return ""
		}
	}
	return fmt.Sprintf("must be of the type %v", definition["type"])
}

func textFault(definition map[string]any, text string) string {
	length := float64(utf8.RuneCountInString(text))
	limit := func(name string) (float64, bool) { // an int of ours, or a float64 of a client's
		n, err := parseNumber(fmt.Sprint(definition[name]))
		return n, err == nil
	}
	allowed, _ := definition["enum"].([]any)
	if most, there := limit("maxLength"); there && length > most {
		return "The field is too long"
	}
	if least, there := limit("minLength"); there && length < least && text != "" {
		return "The field is too short"
	}
	switch {
	case len(allowed) > 0 && !slices.Contains(allowed, any(text)):
		return "must be one of the values that the schema allows"
	case definition["format"] == "email" && text != "" && !isEmail(text):
		return "Does not match required pattern"
	}
	return ""
}

// isEmail reports whether text has the form of an e-mail address.
func isEmail(text string) bool { return regexp.MustCompile(`^[^@\s]+@[^@\s]+$`).MatchString(text) }
