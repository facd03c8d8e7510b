package config

import (
	"log/slog"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Variable describes one environment variable. The table of all of them, [Variables], is what the example
// file, the printed configuration and the reference are made from. What the field of [Config] that holds it says
// already, by its type and its rules, is taken from there.
type Variable struct {
	Name    string // whole name, such as "PSCHOOK_LOG_LEVEL"
	Group   string // variables of one group stand together
	Default string // as one would write it; empty: none
	None    bool   // the word "none" makes it empty
	Example string // a good value; for a secret, how to make one
	Wanted  string // completes "got …, wanted …"
	English string // what it does, one sentence
	French  string // the same in French

	// From the field.
	Type     Type     // stated in the table for a path only
	Values   []string // of a choice: all there are
	Required bool     // without regard to other variables
	Secret   bool     // the value is never printed
	HasFile  bool     // Name + "_FILE" may hold the path of a file with the value instead
}

// Type is the kind of a variable's value, as the reference names it.
type Type string

// The types of variables.
const (
	TypeAddress  Type = "address"  // host:port
	TypeBoolean  Type = "boolean"  // true or false
	TypeChoice   Type = "choice"   // one of a few words
	TypeDuration Type = "duration" // Go notation: 2s, 1h30m
	TypeFile     Type = "file"     // path of a file to read
	TypePath     Type = "path"     // path of a file to write
	TypeList     Type = "list"     // separated by commas
	TypeWords    Type = "words"    // separated by spaces
	TypeSecret   Type = "secret"
	TypeText     Type = "text"
	TypeURL      Type = "URL"
	TypeNumber   Type = "number"
	TypeNetworks Type = "networks" // IP networks in CIDR notation, or addresses, separated by commas
)

// fileSuffix makes the name of the variable that holds the path of a file with the value.
const fileSuffix = "_FILE"

// none is the word for emptiness where a default would else step in.
const none = "none"

// Variables returns the table of all variables, in the order in which they are best explained. The caller
// may change what it gets.
func Variables() []Variable {
	table := slices.Concat(listenVariables(), tlsVariables(), logVariables(), oktaVariables(), tidVariables(),
		hookVariables(), callerVariables(), outcomeVariables(), claimVariables(), rpVariables(), rpProviderVariables())
	fields := map[string]reflect.StructField{}
	addFields(reflect.TypeFor[Config](), fields)
	for i := range table {
		v := &table[i]
		v.fill(fields[v.Name])
		v.Name = Prefix + v.Name
	}
	return table
}

// addFields adds the tagged fields of a struct, and of those in it, by variable name without [Prefix].
func addFields(s reflect.Type, fields map[string]reflect.StructField) {
	for f := range s.Fields() {
		if name := envName(f); name != "" {
			fields[name] = f
		} else {
			addFields(f.Type, fields)
		}
	}
}

// fill says of a variable what the field that holds it does.
func (v *Variable) fill(f reflect.StructField) {
	rules := f.Tag.Get("validate")
	v.Required = strings.HasPrefix(rules, "required,")
	v.HasFile = f.Type == reflect.TypeFor[Secret]()
	v.Secret = v.HasFile || f.Type == reflect.TypeFor[Secrets]()
	if v.Type == "" {
		v.Type = typeOf(f, rules)
	}
	if words, ok := strings.CutPrefix(rules, "oneof="); ok {
		v.Values = strings.Fields(words)
	} else if v.Type == TypeChoice {
		v.Values = levels()
	}
}

func typeOf(f reflect.StructField, rules string) Type {
	switch f.Type {
	case reflect.TypeFor[bool]():
		return TypeBoolean
	case reflect.TypeFor[int]():
		return TypeNumber
	case reflect.TypeFor[time.Duration]():
		return TypeDuration
	case reflect.TypeFor[List]():
		return TypeList
	case reflect.TypeFor[Words]():
		return TypeWords
	case reflect.TypeFor[Networks]():
		return TypeNetworks
	case reflect.TypeFor[Secret](), reflect.TypeFor[Secrets]():
		return TypeSecret
	case reflect.TypeFor[*url.URL]():
		return TypeURL
	case reflect.TypeFor[slog.Level]():
		return TypeChoice
	}
	switch { // a text: what the rules say of it
	case strings.HasPrefix(rules, "oneof="):
		return TypeChoice
	case strings.Contains(rules, "address"):
		return TypeAddress
	case strings.Contains(rules, "httpsurl"):
		return TypeURL
	case strings.HasSuffix(envName(f), fileSuffix):
		return TypeFile
	}
	return TypeText
}
