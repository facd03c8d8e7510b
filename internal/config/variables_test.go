package config_test

import (
	"log/slog"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/config"
)

// field describes a tagged field of Config.
type field struct {
	value reflect.Type
	rules string
}

// fields returns the tagged fields of Config by full variable name.
func fields(t *testing.T) map[string]field {
	t.Helper()
	found := map[string]field{}
	var walk func(reflect.Type)
	walk = func(s reflect.Type) {
		for f := range s.Fields() {
			tag, ok := f.Tag.Lookup("env")
			switch {
			case ok:
				name, _, _ := strings.Cut(tag, ",")
				found[config.Prefix+name] = field{f.Type, f.Tag.Get("validate")}
			case f.Type.Kind() == reflect.Struct:
				walk(f.Type)
			default:
				t.Errorf("%s.%s has no env tag", s, f.Name)
			}
		}
	}
	walk(reflect.TypeFor[config.Config]())
	if len(found) == 0 {
		t.Fatal("no tagged fields")
	}
	return found
}

// TestTableMatchesStruct checks that each field of Config has its row in the table, with the right
// type, and that the words of the row cover the rules in the tag.
func TestTableMatchesStruct(t *testing.T) {
	t.Parallel()
	types := map[config.Type]reflect.Type{
		config.TypeAddress: reflect.TypeFor[string](), config.TypeBoolean: reflect.TypeFor[bool](), config.TypeChoice: reflect.TypeFor[string](),
		config.TypeDuration: reflect.TypeFor[time.Duration](), config.TypeFile: reflect.TypeFor[string](), config.TypePath: reflect.TypeFor[string](),
		config.TypeList: reflect.TypeFor[config.List](), config.TypeWords: reflect.TypeFor[config.Words](), config.TypeSecret: reflect.TypeFor[config.Secret](),
		config.TypeText: reflect.TypeFor[string](), config.TypeURL: reflect.TypeFor[string](),
		config.TypeNumber: reflect.TypeFor[int](), config.TypeNetworks: reflect.TypeFor[config.Networks](),
	}
	exceptions := map[string]reflect.Type{
		"PSCHOOK_LOG_LEVEL":    reflect.TypeFor[slog.Level](),
		"PSCHOOK_OKTA_ORG_URL": reflect.TypeFor[*url.URL](),
		"PSCHOOK_HOOK_SECRETS": reflect.TypeFor[config.Secrets](),
	}
	rest := fields(t)
	for _, v := range config.Variables() {
		f, ok := rest[v.Name]
		if !ok {
			t.Errorf("%s: in the table, but in no field, or twice in the table", v.Name)
			continue
		}
		delete(rest, v.Name)
		want := types[v.Type]
		if special, ok := exceptions[v.Name]; ok {
			want = special
		}
		if f.value != want {
			t.Errorf("%s: type %q in the table, but %v in the struct", v.Name, v.Type, f.value)
		}
		for _, word := range v.Values {
			if !strings.Contains(v.Wanted, word) {
				t.Errorf("%s: %q is not in %q", v.Name, word, v.Wanted)
			}
		}
		for what, text := range map[string]string{"group": v.Group, "example": v.Example, "wanted": v.Wanted, "English": v.English, "French": v.French} {
			if text == "" {
				t.Errorf("%s: no %s", v.Name, what)
			}
		}
		if !strings.HasSuffix(v.English, ".") || !strings.HasSuffix(v.French, ".") || strings.HasSuffix(v.Wanted, ".") {
			t.Errorf("%s: descriptions are sentences, Wanted is not", v.Name)
		}
	}
	for name := range rest {
		t.Errorf("%s: in a field, but not in the table", name)
	}
}

// TestExamplesLoad sets each variable to its example, and then to its default.
func TestExamplesLoad(t *testing.T) {
	t.Parallel()
	file := write(t, secret)
	// Other variables that an example needs.
	company := map[string]map[string]string{
		"PSCHOOK_OKTA_CLIENT_ID":        {"OKTA_PRIVATE_KEY_FILE": file, "OKTA_PRIVATE_KEY_ID": "kid"},
		"PSCHOOK_OKTA_PRIVATE_KEY_FILE": {"OKTA_CLIENT_ID": "0oa1", "OKTA_PRIVATE_KEY_ID": "kid"},
		"PSCHOOK_OKTA_PRIVATE_KEY_ID":   {"OKTA_CLIENT_ID": "0oa1", "OKTA_PRIVATE_KEY_FILE": file},
		"PSCHOOK_TID_SOURCE":            {"OKTA_API_TOKEN": "00token"},
		"PSCHOOK_OUTCOMES":              {"OKTA_API_TOKEN": "00token"},
		"PSCHOOK_HOOK_SECRETS_FILE":     {"HOOK_SECRETS": ""},
		"PSCHOOK_HOOK_OAUTH_ISSUER":     {"HOOK_OAUTH_AUDIENCE": "hook", "HOOK_OAUTH_CLIENT_IDS": "0oa1"},
		"PSCHOOK_HOOK_OAUTH_AUDIENCE":   {"HOOK_OAUTH_ISSUER": "https://a.example", "HOOK_OAUTH_CLIENT_IDS": "0oa1"},
		"PSCHOOK_HOOK_OAUTH_CLIENT_IDS": {"HOOK_OAUTH_ISSUER": "https://a.example", "HOOK_OAUTH_AUDIENCE": "hook"},
		"PSCHOOK_HOOK_OAUTH_SCOPE":      {"HOOK_OAUTH_ISSUER": "https://a.example", "HOOK_OAUTH_AUDIENCE": "hook", "HOOK_OAUTH_CLIENT_IDS": "0oa1"},
		"PSCHOOK_ALLOWED_CIDRS":         {"TRUSTED_PROXIES": "10.0.0.0/8"},
		"PSCHOOK_TLS_CERT_FILE":         {"TLS_KEY_FILE": file},
		"PSCHOOK_TLS_KEY_FILE":          {"TLS_CERT_FILE": file},
		"PSCHOOK_TLS_CLIENT_CA_FILE":    {"TLS_CERT_FILE": file, "TLS_KEY_FILE": file},
		"PSCHOOK_RP_CLIENT_CERT_FILE":   {"RP_CLIENT_KEY_FILE": file},
		"PSCHOOK_RP_CLIENT_KEY_FILE":    {"RP_CLIENT_CERT_FILE": file},
		"PSCHOOK_RP_ENABLED":            {"RP_CLIENT_ID": "0oa1", "RP_ISSUER": "https://a.example", "RP_REDIRECT_URL": "https://a.example/rp/callback"},
	}
	for _, v := range config.Variables() {
		for what, value := range map[string]string{"example": v.Example, "default": v.Default} {
			if v.Secret || value == "" {
				continue
			}
			t.Run(v.Name+"/"+what, func(t *testing.T) {
				t.Parallel()
				src := source(company[v.Name])
				src[v.Name] = value
				if v.Type == config.TypeFile {
					src[v.Name] = file
				}
				c, warnings, err := config.Load(t.Context(), src)
				if err != nil || len(warnings) > 0 {
					t.Fatalf("error %v, warnings %v", err, warnings)
				}
				for _, s := range c.Settings(src) {
					if s.Variable.Name == v.Name && (s.Value != src[v.Name] || s.Origin != config.OriginEnvironment) {
						t.Errorf("setting %q from %s; want %q", s.Value, s.Origin, src[v.Name])
					}
				}
			})
		}
	}
}

// TestExample loads the example file unchanged, and then with every commented line active.
func TestExample(t *testing.T) {
	t.Parallel()
	text := config.Example(secret)
	plain, all := config.Source{}, map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		commented, isComment := strings.CutPrefix(line, "# ")
		name, value, ok := strings.Cut(commented, "=")
		if ok && strings.HasPrefix(name, config.Prefix) {
			all[name] = true
			if !isComment {
				plain[name] = value
			}
		}
	}
	if _, _, err := config.Load(t.Context(), plain); err == nil || !strings.Contains(err.Error(), "PSCHOOK_OKTA_ORG_URL: got nothing") {
		t.Errorf("as it is: error %v, want one for the org", err)
	}
	plain["PSCHOOK_OKTA_ORG_URL"] = "https://hopital.okta.com"
	c, warnings, err := config.Load(t.Context(), plain)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("error %v, warnings %v", err, warnings)
	}
	if c.Hook.Secrets[0] != secret {
		t.Error("the hook secret is not the one given")
	}
	for _, v := range config.Variables() {
		if !all[v.Name] {
			t.Errorf("%s is not in the example", v.Name)
		}
	}
	if diff := cmp.Diff(config.Source{"PSCHOOK_OKTA_ORG_URL": "https://hopital.okta.com", "PSCHOOK_HOOK_SECRETS": secret}, plain); diff != "" {
		t.Errorf("what is set (-want +got):\n%s", diff)
	}
}

// TestSettingsLoadBack checks that the printed form of a configuration, apart from secrets, loads
// as the same configuration.
func TestSettingsLoadBack(t *testing.T) {
	t.Parallel()
	src := source(map[string]string{
		"OKTA_API_TOKEN": "00token-of-the-org", "ID_TOKEN_CLAIMS": "none", "ADMIN_ADDR": "none", "RP_SCOPES": "openid  email", "CLIENT_IDS": "b , a",
		"HOOK_SECRETS": secret + ",another-long-secret", "OKTA_ORG_URL": "https://Acme.okta.com/", "SHADOW": "T", "HOOK_TIMEOUT": "1500ms",
	})
	first, _, err := config.Load(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	printed := config.Source{}
	for _, s := range first.Settings(src) {
		printed[s.Variable.Name] = s.Value
		if s.Variable.Secret && s.Value != "" {
			printed[s.Variable.Name] = src[s.Variable.Name]
			if strings.ReplaceAll(strings.ReplaceAll(s.Value, "[redacted]", ""), ",", "") != "" {
				t.Errorf("%s prints %q", s.Variable.Name, s.Value)
			}
		}
	}
	second, warnings, err := config.Load(t.Context(), printed)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("error %v, warnings %v", err, warnings)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("config (-first +second):\n%s", diff)
	}
}

// TestSettingsOrigin checks the origins of values, and that the defaults in the table are those in
// effect.
func TestSettingsOrigin(t *testing.T) {
	t.Parallel()
	src := source(map[string]string{"HOOK_SECRETS": "", "HOOK_SECRETS_FILE": write(t, secret), "LOG_LEVEL": "info", "ID_TOKEN_CLAIMS": " "})
	c, _, err := config.Load(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]config.Origin{
		"PSCHOOK_OKTA_ORG_URL": config.OriginEnvironment, "PSCHOOK_LOG_LEVEL": config.OriginEnvironment,
		"PSCHOOK_HOOK_SECRETS": config.OriginFile, "PSCHOOK_HOOK_SECRETS_FILE": config.OriginEnvironment,
	}
	for _, s := range c.Settings(src) {
		origin, ok := want[s.Variable.Name]
		if !ok {
			origin = config.OriginDefault
			if s.Value != s.Variable.Default && s.Variable.Name != "PSCHOOK_TID_SOURCE" { // its default follows from other variables
				t.Errorf("%s is %q, the table says %q", s.Variable.Name, s.Value, s.Variable.Default)
			}
		}
		if s.Origin != origin {
			t.Errorf("%s: origin %q, want %q", s.Variable.Name, s.Origin, origin)
		}
	}
}
