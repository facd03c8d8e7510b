package outcomes

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

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
// the columns. The file may be compressed with gzip. The order does not matter. Memory does not grow
// with the file. The error names the place where the file is not a log. It quotes nothing of the
// file.
func Scan(r io.Reader, each func(Event)) (Scanned, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	switch mark, _ := in.Peek(2); string(mark) { // fewer bytes at the end of the file
	case "\x1f\x8b":
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return Scanned{}, fmt.Errorf("the file cannot be decompressed: %w", err)
		}
		return scanText(bufio.NewReader(unpacked), each)
	case "PK":
		return Scanned{}, errors.New("the file is a zip archive or a workbook of a spreadsheet: unpack it, or save it as CSV")
	}
	return scanText(in, each)
}

func scanText(in *bufio.Reader, each func(Event)) (Scanned, error) {
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
		case errors.Is(err, io.ErrUnexpectedEOF):
			return s, brokenOff(s.Events)
		case errors.Is(err, errEventTooLong):
			return s, fmt.Errorf("event %d: %w", s.Events+1, errEventTooLong)
		case err != nil:
			return s, fmt.Errorf("at byte %d, after event %d: not JSON", d.InputOffset(), s.Events)
		}
		bound.left = maxEventBytes
		s.take(text, each)
	}
}

func brokenOff(events int) error {
	return fmt.Errorf("the file breaks off after event %d: export it again", events)
}

func (s *Scanned) take(text []byte, each func(Event)) {
	e, ok := parseEvent(text)
	s.hand(e, ok, each)
}

func (s *Scanned) hand(e Event, ok bool, each func(Event)) {
	s.Events++
	switch {
	case e.Kind == Unreadable:
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
// event_type, event.type), so only letters and digits count. It ignores unknown columns, what
// stands before the line of names, and further such lines, as in files that were joined.
func scanCSV(in *bufio.Reader, each func(Event)) (Scanned, error) {
	bound := &boundedReader{in: in, left: maxEventBytes}
	lines := csv.NewReader(bound)
	lines.ReuseRecord, lines.LazyQuotes, lines.FieldsPerRecord, lines.Comma = true, true, -1, separator(in)
	at, err := columns(lines)
	if err != nil {
		return Scanned{}, err
	}
	var s Scanned
	short, before := false, false // whether the last line lacks columns, and whether an earlier one does
	for {
		bound.left = maxEventBytes
		record, err := lines.Read()
		switch {
		case errors.Is(err, io.EOF) && short && !before, errors.Is(err, io.ErrUnexpectedEOF):
			return s, brokenOff(s.Events)
		case errors.Is(err, io.EOF):
			return s, nil
		case err != nil:
			return s, fmt.Errorf("after %d events: not CSV, or a line longer than 1 MiB", s.Events)
		case at.names(record):
			continue
		}
		short, before = len(record) < len(at), before || short
		raw := at.event(record)
		e, ok := raw.event()
		s.hand(e, ok, each)
	}
}

// maxPreamble is how many lines may stand before the names of the columns: a title, or the "sep=;"
// of a spreadsheet.
const maxPreamble = 5

// columns returns the places of the columns. Without one of those that are required, a failure could
// not be seen.
func columns(lines *csv.Reader) (columnsAt, error) {
	for range maxPreamble {
		names, err := lines.Read()
		if err != nil {
			break
		}
		at := make(columnsAt, len(names))
		for i := len(names) - 1; i >= 0; i-- { // of two with the same name, the first counts
			at[plain(names[i])] = i
		}
		if !at.has("eventtype") {
			continue
		}
		for _, column := range [][]string{{"uuid", "uuid"}, {"published or timestamp", "published", "timestamp"}, {"outcome.result", "outcomeresult", "result"}} {
			if !at.has(column[1:]...) {
				line, _ := lines.FieldPos(0)
				return nil, fmt.Errorf("line %d: no column %s: is this an export of the System Log?", line, column[0])
			}
		}
		return at, nil
	}
	return nil, errors.New("line 1: no column eventType, and no JSON: is this an export of the System Log?")
}

// separator returns what stands between the columns: a comma, or what a spreadsheet writes in its
// place. No column name holds one of them.
func separator(in *bufio.Reader) rune {
	head, _ := in.Peek(4 << 10) // fewer bytes at the end of the file
	best, most := ',', 0
	for line := range bytes.Lines(head) {
		if !strings.Contains(plain(string(line)), "eventtype") {
			continue
		}
		for _, c := range ",;\t" {
			if n := bytes.Count(line, []byte(string(c))); n > most {
				best, most = c, n
			}
		}
		break
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

// columnsAt has the place of each column by its plain name.
type columnsAt map[string]int

func (at columnsAt) has(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { _, ok := at[name]; return ok })
}

// names reports whether a line has the names of the columns.
func (at columnsAt) names(record []string) bool {
	i := at["eventtype"]
	return i < len(record) && plain(record[i]) == "eventtype"
}

// event reads one line. An error value of a spreadsheet, such as #NAME?, stands for a value that is
// lost.
func (at columnsAt) event(record []string) (raw logEvent) {
	column := func(names ...string) string {
		for _, name := range names {
			if i, ok := at[name]; ok && i < len(record) && record[i] != "" && record[i][0] != '#' {
				return strings.Clone(record[i])
			}
		}
		return ""
	}
	of := func(prefix string) object {
		return object{ID: loose(column(prefix + "id")), Type: loose(column(prefix + "type"))}
	}
	raw.UUID, raw.EventType, raw.Published = column("uuid"), column("eventtype"), column("published", "timestamp")
	raw.Outcome.Result, raw.Outcome.Reason = column("outcomeresult", "result"), loose(column("outcomereason", "reason"))
	raw.Actor, raw.Client, raw.Target = of("actor"), of("client"), objects{of("target"), of("target0"), of("target1"), of("target2")}
	raw.Transaction.ID = loose(column("transactionid", "debugcontextdebugdatarequestid", "requestid"))
	return raw
}
