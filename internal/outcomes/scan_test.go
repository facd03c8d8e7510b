package outcomes

import (
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

const csvHead = "timestamp,severity,event_type,display_message,actor.id,actor.type,actor.displayName,outcome.result,outcome.reason,transaction.id,uuid,target0.id,target0.type\n"

func csvLine(n int, eventType, result, reason string) string {
	return fmt.Sprintf("%s,INFO,%s,\"for \"\"Marie\"\", Curie\",0oaclient,PublicClientApp,Marie Curie,%s,%s,tx-%d,u-%d,caltarget,hook\n",
		publishedAt().Add(time.Duration(n)*time.Second).Format(time.RFC3339), eventType, result, reason, n, n)
}

func TestScan(t *testing.T) {
	t.Parallel()
	one, two := logged(1, "inline_hook.executed", "FAILURE", "timeout"), logged(2, "user.session.start", "SUCCESS", "")
	tests := []struct {
		name, file string
		want       Scanned
		kept       int
		err        string // empty: none
	}{
		{"array", "[" + one + "," + two + "]", Scanned{Events: 2}, 1, ""},
		{"array with a mark and spaces", "\ufeff \n[" + one + "]\n", Scanned{Events: 1}, 1, ""},
		{"one object a line", one + "\n" + two + "\n" + one, Scanned{Events: 3}, 2, ""},
		{"empty array", "[]", Scanned{}, 0, ""},
		{"an event that is none", "[" + one + `,{"eventType":3},5]`, Scanned{Events: 3, Unreadable: 2}, 1, ""},
		{"csv", csvHead + csvLine(1, "inline_hook.executed", "FAILURE", "timeout") + csvLine(2, "user.session.start", "SUCCESS", ""), Scanned{Events: 2}, 1, ""},
		{"csv with other names", "UUID,eventType,published,outcomeResult\nu,inline_hook.executed,2026-03-02T08:00:00.123Z,failure\n", Scanned{Events: 1}, 1, ""},
		{"csv with a line cut short", csvHead + csvLine(1, "inline_hook.executed", "FAILURE", "x") + "2026-03-02T08:00:00Z,INFO\nyesterday,,inline_hook.executed\n", Scanned{Events: 3, Unreadable: 2}, 1, ""},
		{"csv from a spreadsheet with semicolons", strings.ReplaceAll(csvHead+csvLine(1, "inline_hook.executed", "FAILURE", "x"), ",", ";"), Scanned{Events: 1}, 1, ""},
		{"csv from a spreadsheet with tabs", strings.ReplaceAll(csvHead+csvLine(1, "inline_hook.executed", "FAILURE", "x"), ",", "\t"), Scanned{Events: 1}, 1, ""},
		{"an error of Okta's", `{"errorCode":"E0000011","errorSummary":"Invalid token provided"}`, Scanned{Events: 1, Unreadable: 1}, 0, ""},
		{"a delivery of an event hook", `{"eventType":"com.okta.event_hook","data":{"events":[` + one + `]}}`, Scanned{Events: 1, Unreadable: 1}, 0, ""},
		{"csv after a title and a separator line", "sep=;\nExport of 2 March\n\n" + strings.ReplaceAll(csvHead+csvLine(1, "inline_hook.executed", "FAILURE", "x"), ",", ";"), Scanned{Events: 1}, 1, ""},
		{"csv of two files", csvHead + csvLine(1, "inline_hook.executed", "FAILURE", "x") + csvHead + csvLine(2, "inline_hook.executed", "FAILURE", "x"), Scanned{Events: 2}, 2, ""},
		{"csv with a mark, CRLF and line breaks in fields", "\ufeff" + strings.ReplaceAll(csvHead+strings.Replace(csvLine(1, "inline_hook.executed", "FAILURE", "x"), "Curie\"", "Curie\nand\"", 1), "\n", "\r\n"), Scanned{Events: 1}, 1, ""},
		{"csv with a transaction that a spreadsheet lost", csvHead + strings.Replace(csvLine(1, "inline_hook.executed", "FAILURE", "x"), "tx-1", "#NAME?", 1), Scanned{Events: 1}, 1, ""},
		{"csv with a uuid that a spreadsheet lost", csvHead + strings.Replace(csvLine(1, "inline_hook.executed", "FAILURE", "x"), "u-1", "#NAME?", 1), Scanned{Events: 1, Unreadable: 1}, 0, ""},
		{"csv with times in a form of the country", csvHead + strings.Replace(csvLine(1, "inline_hook.executed", "FAILURE", "x"), "2026-03-02T08:00:01Z", "02/03/2026 08:00", 1), Scanned{Events: 1, Unreadable: 1}, 0, ""},
		{"csv with a result that nobody documents", csvHead + csvLine(1, "inline_hook.executed", "ABANDONED", "x"), Scanned{Events: 1, Unreadable: 1}, 0, ""},
		{"csv that breaks off", strings.TrimSuffix(csvHead+csvLine(1, "inline_hook.executed", "FAILURE", "x"), "caltarget,hook\n"), Scanned{Events: 1}, 1, "breaks off after event 1"},
		{"csv that breaks off earlier", csvHead + csvLine(1, "inline_hook.executed", "FAILURE", "x") + "2026-03-02T08:00:00Z,INF", Scanned{Events: 2, Unreadable: 1}, 1, "breaks off after event 2"},
		{"csv without results", "uuid,eventType,published\nu,inline_hook.executed,2026-03-02T08:00:00Z\n", Scanned{}, 0, "line 1: no column outcome.result"},
		{"csv without times", "uuid,eventType,result\nu,inline_hook.executed,FAILURE\n", Scanned{}, 0, "line 1: no column published or timestamp"},
		{"csv without ids", "published,eventType,result\n2026-03-02T08:00:00Z,inline_hook.executed,FAILURE\n", Scanned{}, 0, "line 1: no column uuid"},
		{"compressed", gzipped("[" + one + "]"), Scanned{Events: 1}, 1, ""},
		{"compressed twice", gzipped(gzipped("[" + one + "]")), Scanned{}, 0, "no column eventType"},
		{"compressed, cut off", gzipped("[" + one + "]")[:300], Scanned{}, 0, "breaks off after event 0"},
		{"compressed, broken", "\x1f\x8bbroken", Scanned{}, 0, "cannot be decompressed"},
		{"a workbook", "PK\x03\x04", Scanned{}, 0, "save it as CSV"},
		{"an array that breaks off between events", "[" + one + ",", Scanned{Events: 1}, 1, "breaks off after event 1"},
		{"nothing", "", Scanned{}, 0, "the file is empty"},
		{"blank", " \n ", Scanned{}, 0, "the file is empty"},
		{"cut off", "[" + one + `,{"uuid`, Scanned{Events: 1}, 1, "breaks off after event 1"},
		{"another csv", "name,mail\nMarie,marie@hopital.example\n", Scanned{}, 0, "no column eventType"},
		{"an event that never ends", `[{"a":"` + strings.Repeat("x", maxEventBytes+1<<17), Scanned{}, 0, "event 1: longer than 1 MiB"},
		{"a csv line that never ends", csvHead + `"` + strings.Repeat("x", maxEventBytes+1<<17), Scanned{}, 0, "longer than 1 MiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			kept := 0
			got, err := Scan(strings.NewReader(tt.file), func(Event) { kept++ })
			if got != tt.want || kept != tt.kept {
				t.Errorf("got %+v, kept %d; want %+v, %d", got, kept, tt.want, tt.kept)
			}
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
			if err != nil && strings.Contains(strings.ToLower(err.Error()), "marie") {
				t.Errorf("the error names a person: %v", err)
			}
		})
	}
}

func gzipped(text string) string {
	var packed strings.Builder
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte(text))
	_ = w.Close() // neither fails: all is in memory
	return packed.String()
}

// The first dropped answer and the change before it are found in a file of any order.
func TestSummarize(t *testing.T) {
	t.Parallel()
	lines := []string{
		csvLine(1, "app.oauth2.as.token.grant.id_token", "SUCCESS", ""),
		csvLine(2, "policy.rule.update", "SUCCESS", ""),
		csvLine(3, "inline_hook.updated", "SUCCESS", ""),
		csvLine(4, "inline_hook.response.processed", "FAILURE", "first"),
		csvLine(5, "inline_hook.response.processed", "FAILURE", "second"),
		csvLine(6, "policy.rule.update", "SUCCESS", ""),
		csvLine(7, "inline_hook.response.processed", "FAILURE", "asked for"),
		strings.Replace(csvLine(7, "app.oauth2.as.token.grant", "FAILURE", "server_error"), "u-7", "u-8", 1),
	}
	for name, file := range map[string]string{"oldest first": strings.Join(lines, ""), "newest first": reversed(lines)} {
		s, err := Summarize(strings.NewReader(csvHead+file), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if s.FirstDrop == nil || s.FirstDrop.Reason != "first" || s.Change == nil || s.Change.Type != "inline_hook.updated" {
			t.Errorf("%s: first drop %+v after %+v", name, s.FirstDrop, s.Change)
		}
		sameCounts(t, s.Counts, Counts{Minted: 1, Rules: 2, Hooks: 1, Results: map[Result]uint64{ResultDropped: 2, ResultDenied: 1}})
		if s.Mintings["0oaclient"] != 1 || s.Reasons["dropped: first"] != 1 || s.Reasons["denied: asked for"] != 1 || !s.To.Equal(publishedAt().Add(7*time.Second)) {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func reversed(lines []string) string {
	var text strings.Builder
	for i := len(lines) - 1; i >= 0; i-- {
		text.WriteString(lines[i])
	}
	return text.String()
}

// For every file, Scan ends, and what it keeps does not name a person who is only mentioned.
func FuzzScan(f *testing.F) {
	f.Add([]byte("[" + logged(1, "inline_hook.executed", "FAILURE", "timeout") + "]"))
	f.Add([]byte(csvHead + csvLine(1, "inline_hook.executed", "FAILURE", "timeout")))
	f.Add([]byte("\ufeff{}{}"))
	f.Fuzz(func(t *testing.T, file []byte) {
		kept := 0
		s, err := Scan(strings.NewReader(string(file)), func(e Event) {
			kept++
			if e.ID == "" || e.Kind == "" || len([]rune(e.Reason)) > maxText || strings.Contains(e.Reason, "@") {
				t.Errorf("kept %+v", e)
			}
		})
		if kept+s.Unreadable > s.Events {
			t.Errorf("kept %d of %+v", kept, s)
		}
		if err == nil && s.Events == 0 && strings.TrimSpace(string(file)) == "" {
			t.Error("an empty file was read without an error")
		}
	})
}

// manyLines is an export of n lines that is never in memory as a whole.
type manyLines struct {
	n, at int
	left  string
}

func (m *manyLines) Read(p []byte) (int, error) {
	if m.left == "" {
		if m.at == m.n {
			return 0, io.EOF
		}
		if m.at == 0 {
			m.left = csvHead
		}
		m.at++
		m.left += csvLine(m.at, []string{"app.oauth2.as.token.grant.id_token", "user.session.start", "inline_hook.response.processed"}[m.at%3], "FAILURE", "x")
	}
	n := copy(p, m.left)
	m.left = m.left[n:]
	return n, nil
}

func BenchmarkSummarize(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if s, err := Summarize(&manyLines{n: 100_000}, Options{}); err != nil || s.Events != 100_000 {
			b.Fatal(err, s.Events)
		}
	}
}
