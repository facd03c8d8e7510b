package config

import (
	"log/slog"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Variable describes one environment variable. [Variables] is the table of all. The example file,
// the printed configuration and the reference are made from it. Type and rules are not repeated in
// the table: they are taken from the variable's field of [Config].
type Variable struct {
	Name    string // full name, such as "PSCHOOK_LOG_LEVEL"
	Group   string // variables of one group stand together
	Default string // as an administrator writes it; empty: none
	None    bool   // the word "none" sets an empty value
	Example string // a good value; for a secret, how to make one
	Wanted  string // completes "got …, wanted …"
	English string // what it does, one sentence
	French  string // the same sentence in French

	// Taken from the field of Config.
	Type     Type     // the table states it only for a path
	Values   []string // all values of a choice
	Required bool     // whatever the other variables say
	Secret   bool     // the value is never printed
	HasFile  bool     // the variable Name + "_FILE" may name a file with the value
}

// Type is the type of a variable, as the reference names it.
type Type string

// All types of variables.
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

// fileSuffix is the end of the name of a variable that names a file with the value.
const fileSuffix = "_FILE"

// none means empty, for a variable whose default is not empty.
const none = "none"

// Variables returns the table of all variables, in the order that is best for explaining them. The
// caller may change the result.
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

// addFields collects the tagged fields of a struct, and of structs in it, by variable name without
// [Prefix].
func addFields(s reflect.Type, fields map[string]reflect.StructField) {
	for f := range s.Fields() {
		if name := envName(f); name != "" {
			fields[name] = f
		} else {
			addFields(f.Type, fields)
		}
	}
}

// fill completes a variable with what its field in Config says.
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
	switch { // a text: the rules may say more
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
