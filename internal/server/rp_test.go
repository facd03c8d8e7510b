package server

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/commands"
	"pschook/verify"
)

func TestAMRSetsFollowThePolicy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, policy string
		want         []verify.AMRSet
	}{
		{"a level of its own", "rules:\n  - {name: key, level: substantiel, all: [pop, mfa], emit: [pop, mfa]}\n",
			[]verify.AMRSet{{Name: "key", Level: "substantiel", Values: []string{"pop", "mfa"}}}},
		{"a set agreed for everybody", "rules:\n  - {name: card, all: [hwk, mfa, pin, sc], emit: [hwk, mfa, pin, sc]}\n",
			[]verify.AMRSet{{Name: "card", Level: "eleve", Values: []string{"hwk", "mfa", "pin", "sc"}}}},
		{"nothing agreed", "rules:\n  - {name: sms, all: [pwd, sms], emit: [pwd, sms]}\n", []verify.AMRSet{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _, err := commands.ParsePolicy(tt.name, []byte(tt.policy))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, AMRSets(p)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	builtIn := AMRSets(commands.DefaultPolicy())
	for i, s := range builtIn {
		builtIn[i] = verify.AMRSet{Level: s.Level}
	}
	if diff := cmp.Diff([]verify.AMRSet{{Level: "eleve"}, {Level: "substantiel"}}, builtIn); diff != "" {
		t.Errorf("built-in policy (-want +got):\n%s", diff)
	}
}
