package config

import (
	"fmt"
	"log/slog"
	"net/url"
	"reflect"
	"strings"
	"time"
)

// Setting is one variable with the value that is in effect.
type Setting struct {
	Variable Variable
	Value    string // in the form that [Load] reads; secrets redacted
	Origin   Origin
}

// Origin says where a value came from.
type Origin string

// All origins.
const (
	OriginDefault     Origin = "default"
	OriginEnvironment Origin = "environment"
	OriginFile        Origin = "file" // the file that the _FILE variable names
)

// Settings returns all variables with the values in effect, in the order of [Variables]. c was
// loaded from src.
func (c *Config) Settings(src Source) []Setting {
	values := map[string]string{}
	collect(reflect.ValueOf(c).Elem(), values)
	settings := make([]Setting, 0, len(values))
	for _, v := range Variables() {
		value := values[v.Name]
		if value == "" && v.None {
			value = none
		}
		settings = append(settings, Setting{Variable: v, Value: value, Origin: src.origin(v)})
	}
	return settings
}

func (s Source) origin(v Variable) Origin {
	if _, ok := s.get(v.Name); ok {
		return OriginEnvironment
	}
	if _, ok := s.get(v.Name + fileSuffix); ok && v.Secret {
		return OriginFile
	}
	return OriginDefault
}

// collect adds the values of the struct's tagged fields to values.
func collect(s reflect.Value, values map[string]string) {
	for i := range s.NumField() {
		if name := envName(s.Type().Field(i)); name != "" {
			values[Prefix+name] = join(s.Field(i))
		} else {
			collect(s.Field(i), values)
		}
	}
}

// envName returns the variable of a field of [Config], without prefix; empty for a group of fields.
func envName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("env"), ",")
	return name
}

// join writes the value of a field as one writes the variable.
func join(v reflect.Value) string {
	switch value := v.Interface().(type) {
	case Secret:
		if value == "" {
			return ""
		}
	case *url.URL:
		if value == nil {
			return ""
		}
	case time.Duration:
		return shortDuration(value)
	case slog.Level:
		return strings.ToLower(value.String())
	case Words:
		return strings.Join(value, " ")
	}
	if v.Kind() != reflect.Slice {
		return fmt.Sprint(v.Interface())
	}
	items := make([]string, v.Len())
	for i := range items {
		items[i] = fmt.Sprint(v.Index(i).Interface())
	}
	return strings.Join(items, ",")
}

// shortDuration omits zero units at the end: 1h, where Duration.String writes 1h0m0s.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
