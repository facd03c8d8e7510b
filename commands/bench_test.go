package commands_test

import (
	"testing"

	"pschook/commands"
)

// BenchmarkDecide decides on a sign-in that mints both tokens.
func BenchmarkDecide(b *testing.B) {
	builder, facts := benchmarked(b)
	b.ReportAllocs()
	for b.Loop() {
		if d, err := builder.Decide(facts); err != nil || d.Outcome != commands.OutcomeCommands {
			b.Fatal(d, err)
		}
	}
}

// BenchmarkAppendCommands writes the commands of such a sign-in.
func BenchmarkAppendCommands(b *testing.B) {
	builder, facts := benchmarked(b)
	d, err := builder.Decide(facts)
	if err != nil {
		b.Fatal(err)
	}
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		if out, err = commands.AppendCommands(out[:0], d.Commands, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(out)))
}

func benchmarked(b *testing.B) (*commands.Builder, commands.Facts) {
	b.Helper()
	builder, err := commands.New(commands.Options{})
	if err != nil {
		b.Fatal(err)
	}
	return builder, commands.Facts{
		OrgID: "00o1vhQ8wLkZ3n0pQ0g4", IDToken: true, IdentitySub: "00u1q8tMo3zV0OfJON0g3", IdentityAMR: []string{"pwd", "mfa", "okta_verify", "swk"},
		AccessToken: true, AccessUID: "00u1q8tMo3zV0OfJON0g3",
	}
}
