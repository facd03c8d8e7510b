package config_test

import (
	"strings"
	"testing"

	"pschook/internal/config"
)

// marker is in every part of every secret that FuzzLoad makes, so that the test finds any shown
// part.
const marker = "zQ9~"

// seeds returns pairs of a value for ordinary variables and a value for secrets. It fails when
// there are none.
func seeds(f *testing.F) [][2]string {
	f.Helper()
	var list [][2]string
	for _, v := range config.Variables() {
		list = append(list, [2]string{v.Example, v.Default}, [2]string{v.Default, v.Example})
	}
	list = append(list, [2]string{"https://a:b@c", "short"}, [2]string{"http://[::1%25x]:99999/", "x\ny,z\x00"}, [2]string{"%zz", "élevé"}, [2]string{":", ",,"})
	if len(list) <= 4 {
		f.Fatal("no seeds from the table of variables")
	}
	return list
}

// FuzzLoad checks that Load never panics, returns either a configuration or an error, and shows no
// secret in its error, its warnings or the settings.
func FuzzLoad(f *testing.F) {
	for i, seed := range seeds(f) {
		f.Add(i, seed[0], seed[1])
	}
	table := config.Variables()
	f.Fuzz(func(t *testing.T, which int, text, hidden string) {
		hidden = marker + strings.NewReplacer(",", ","+marker, "\n", "\n"+marker, " ", " "+marker).Replace(hidden)
		src := source(nil)
		for i, v := range table {
			switch {
			case v.Secret:
				src[v.Name] = hidden
			case v.Type == config.TypeFile: // the fuzzer must not read the machine's files
			case which < 0 || i == which%len(table):
				src[v.Name] = text
			}
		}
		c, warnings, err := config.Load(t.Context(), src)
		if (c == nil) == (err == nil) {
			t.Fatalf("configuration %v with error %v", c, err)
		}
		var shown strings.Builder
		if err != nil {
			shown.WriteString(err.Error())
		} else {
			for _, s := range c.Settings(src) {
				shown.WriteString(s.Value + "\n")
			}
		}
		for _, w := range warnings {
			shown.WriteString(w.String() + "\n")
		}
		if strings.Contains(shown.String(), marker) && !strings.Contains(text, marker) {
			t.Errorf("a secret is shown: %s", shown.String())
		}
	})
}
