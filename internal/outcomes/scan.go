package outcomes

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// maxEventBytes bounds one event of an exported log.
const maxEventBytes = 1 << 20

// Scanned says how much of an exported log was read.
type Scanned struct {
	Events     int // number of all events
	Unreadable int // lines or objects that are not events
}

// Scan reads an exported System Log and calls each with every event that concerns the hook. It
// accepts a JSON array, or one object after the other, as the API answers; or CSV with a line of
// column names, as the Admin Console exports; a spreadsheet may have put semicolons or tabs between
// the columns. The order does not matter. Memory does not grow with
// the file. The error names the place where the file is not a log. It quotes nothing of the file.
func Scan(r io.Reader, each func(Event)) (Scanned, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	if mark, err := in.Peek(3); err == nil && bytes.Equal(mark, []byte("\ufeff")) {
		_, _ = in.Discard(len(mark)) // cannot fail: they were seen
	}
	for {
		c, err := in.Peek(1)
		switch {
		case errors.Is(err, io.EOF):
			return Scanned{}, errors.New("the file is empty")
		case err != nil:
			return Scanned{}, err
		case bytes.ContainsAny(c, " \t\r\n"):
			_, _ = in.Discard(1)
		case bytes.ContainsAny(c, "[{"):
			return scanJSON(in, each)
		default:
			return scanCSV(in, each)
		}
	}
}

// scanJSON reads an array of events, or events one after the other.
func scanJSON(in io.Reader, each func(Event)) (Scanned, error) {
	bound := &boundedReader{in: in, left: maxEventBytes}
	d := jsontext.NewDecoder(bound, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var s Scanned
	for {
		kind := d.PeekKind()
		if kind == '[' && d.StackDepth() == 0 || kind == ']' {
			if _, err := d.ReadToken(); err != nil {
				return s, fmt.Errorf("at byte %d: not JSON", d.InputOffset())
			}
			continue
		}
		text, err := d.ReadValue()
		switch {
		case errors.Is(err, io.EOF):
			return s, nil
		case errors.Is(err, errEventTooLong):
			return s, fmt.Errorf("event %d: %w", s.Events+1, errEventTooLong)
		case err != nil:
			return s, fmt.Errorf("at byte %d, after event %d: not JSON", d.InputOffset(), s.Events)
		}
		bound.left = maxEventBytes
		s.take(text, each)
	}
}

func (s *Scanned) take(text []byte, each func(Event)) {
	s.Events++
	switch e, ok, err := parseEvent(text); {
	case err != nil:
		s.Unreadable++
	case ok:
		each(e)
	}
}

var errEventTooLong = errors.New("longer than 1 MiB")

// boundedReader fails when left is used up. Its user sets left again before each event.
type boundedReader struct {
	in   io.Reader
	left int
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errEventTooLong
	}
	n, err := b.in.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// scanCSV finds columns by their names. Exports write the names in several ways (eventType,
// event_type, event.type), so only letters and digits count. It ignores unknown columns.
func scanCSV(in *bufio.Reader, each func(Event)) (Scanned, error) {
	bound := &boundedReader{in: in, left: maxEventBytes}
	lines := csv.NewReader(bound)
	lines.ReuseRecord, lines.LazyQuotes, lines.FieldsPerRecord, lines.Comma = true, true, -1, separator(in)
	header, err := lines.Read()
	if err != nil {
		return Scanned{}, errors.New("line 1: neither JSON nor a line of column names")
	}
	at := make(map[string]int, len(header))
	for i, name := range header {
		at[plain(name)] = i
	}
	for _, name := range []string{"eventtype", "uuid"} {
		if _, ok := at[name]; !ok {
			return Scanned{}, fmt.Errorf("line 1: no column %s: is this an export of the System Log?", map[string]string{"eventtype": "eventType", "uuid": "uuid"}[name])
		}
	}
	var s Scanned
	for {
		bound.left = maxEventBytes
		record, err := lines.Read()
		switch {
		case errors.Is(err, io.EOF):
			return s, nil
		case err != nil:
			return s, fmt.Errorf("after %d events: not CSV, or a line longer than 1 MiB", s.Events)
		}
		s.Events++
		raw, ok := fromColumns(at, record)
		if !ok {
			s.Unreadable++
			continue
		}
		switch e, ok, err := raw.event(); {
		case err != nil:
			s.Unreadable++
		case ok:
			each(e)
		}
	}
}

// separator returns what stands between the columns: a comma, or what a spreadsheet writes in its
// place. No column name holds one of them.
func separator(in *bufio.Reader) rune {
	head, _ := in.Peek(4 << 10) // fewer bytes at the end of the file
	names, _, _ := bytes.Cut(head, []byte{'\n'})
	best, most := ',', bytes.Count(names, []byte{','})
	for _, c := range ";\t" {
		if n := bytes.Count(names, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

// plain keeps only letters, in lower case, and digits.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(name))
}

// fromColumns reads one line. ok is false if the line has no readable time.
func fromColumns(at map[string]int, record []string) (raw logEvent, ok bool) {
	column := func(names ...string) string {
		for _, name := range names {
			if i, ok := at[name]; ok && i < len(record) && record[i] != "" {
				return strings.Clone(record[i])
			}
		}
		return ""
	}
	raw.UUID, raw.EventType = column("uuid"), column("eventtype")
	raw.Outcome.Result, raw.Outcome.Reason = strings.ToUpper(column("outcomeresult", "result")), column("outcomereason", "reason")
	raw.Actor = object{ID: column("actorid"), Type: column("actortype")}
	raw.Client.ID = column("clientid")
	raw.Target = []object{{ID: column("target0id", "targetid"), Type: column("target0type", "targettype")}}
	raw.Transaction.ID = column("transactionid", "debugcontextdebugdatarequestid", "requestid")
	var err error
	raw.Published, err = time.Parse(time.RFC3339, column("published", "timestamp"))
	return raw, err == nil
}
