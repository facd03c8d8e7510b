package hook

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// scan reads a call in one pass. It works in two ways.
//
// On a body that has not been checked, it reads only what Okta really sends: JSON without escapes,
// fractions or very large objects. It gives up on anything else, and accepts nothing that the JSON
// library would refuse.
//
// On a body that the library has checked and written anew, it reads everything. It gives up only on
// a wrong member of the call; fault and path then say which member it is.
//
// In both ways it gives up on a body that is nested deeper than maxDepth.
type scan struct {
	body    []byte
	checked bool            // the body is known to be JSON in UTF-8 without duplicate members
	at      int             // index of the next byte to read
	depth   int             // number of open objects and arrays
	names   []span          // members read so far, of all open objects
	texts   strings.Builder // holds all strings of the request in one allocation
	amr     []string        // methods of all lists so far
	room    *room
	fault   *MalformedError // what is wrong, without its place
	path    []string        // path to the fault, innermost name first
}

// room is the memory for a request and for reading it. It is allocated once and used for many
// calls.
type room struct {
	scanning scan
	names    [scanNames]span
	request  Request
	data     Data
	identity IdentityToken
	access   AccessToken
	amr      [scanAMR]string // shared by all lists of methods
}

// span is a range of bytes in the body.
type span struct{ at, length int }

const (
	// scanTexts is more bytes than all kept strings of one of Okta's calls need together.
	scanTexts = 768
	// scanNames is more members than are ever open at one time in Okta's calls.
	scanNames = 40
	// scanAMR is how many methods one of Okta's calls usually names.
	scanAMR = 8
	// scanMembers is how many members one object may have. Each name may have to be compared with
	// all names before it.
	scanMembers = 32
)

// object is a JSON object of the request. member reads or skips the value of one member; false
// means that it gives up.
type object interface {
	member(name []byte, s *scan) bool
}

// unread is an object whose members are all skipped.
type unread struct{}

func (unread) member(_ []byte, s *scan) bool { return s.skip() }

// scan reads the whole body. ok is false when it gives up; fault then says what is wrong, if
// anything is.
func (r *room) scan(body []byte, checked bool) (ok bool, fault *MalformedError) {
	s := &r.scanning
	*s = scan{body: body, checked: checked, names: r.names[:0], amr: r.amr[:0], room: r}
	s.texts.Grow(scanTexts)
	if s.next() != '{' {
		return false, &MalformedError{Reason: "WRONG_TYPE", Detail: "wrong JSON type, want an object"}
	}
	ok = s.members(&r.request) && s.next() == 0 && s.at == len(body)
	if fault = s.fault; fault != nil {
		fault.Location = s.location()
	}
	*s = scan{} // do not keep the body
	return ok, fault
}

// location returns the path to the fault.
func (s *scan) location() string {
	var b strings.Builder
	for _, name := range slices.Backward(s.path) {
		if b.Len() > 0 && name[0] != '[' {
			b.WriteByte('.')
		}
		b.WriteString(name)
	}
	return b.String()
}

// next skips white space and returns the next byte, or 0 at the end.
func (s *scan) next() byte {
	if s.at < len(s.body) && s.body[s.at] > ' ' { // usually there is no white space
		return s.body[s.at]
	}
	return s.nextAfterSpace()
}

func (s *scan) nextAfterSpace() byte {
	for ; s.at < len(s.body); s.at++ {
		if c := s.body[s.at]; c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c
		}
	}
	return 0
}

// accept skips white space and then c, if c comes next. c is not 0.
func (s *scan) accept(c byte) bool {
	if s.next() != c {
		return false
	}
	s.at++
	return true
}

// members reads the object at this place into o.
func (s *scan) members(o object) bool {
	if !s.open() {
		return false
	}
	if s.accept('}') {
		return s.close()
	}
	first := len(s.names)
	for {
		name, ok := s.string()
		if !ok || !s.isNew(name, first) || !s.accept(':') {
			return false
		}
		if !o.member(name, s) {
			if s.fault != nil {
				s.path = append(s.path, string(name))
			}
			return false
		}
		switch s.next() {
		case ',':
			s.at++
		case '}':
			s.at++
			s.names = s.names[:first]
			return s.close()
		default:
			return false
		}
	}
}

// open enters the object or array at this place, unless it is too deep. close leaves it.
func (s *scan) open() bool {
	s.at++
	s.depth++
	return s.depth <= maxDepth
}

func (s *scan) close() bool {
	s.depth--
	return true
}

// isNew reports whether a name that was just read differs from the names from index first on, and
// notes it. It gives up when there are too many names.
func (s *scan) isNew(name []byte, first int) bool {
	if s.checked {
		return true
	}
	others := s.names[first:]
	for i := range others { // by index, because copies would cost as much as the rest of the scan
		if o := &others[i]; o.length == len(name) && string(s.body[o.at:o.at+o.length]) == string(name) {
			return false
		}
	}
	s.names = append(s.names, span{s.at - 1 - len(name), len(name)})
	return len(others) < scanMembers
}

// elements reads the array at this place and calls element for each value.
func (s *scan) elements(element func() bool) bool {
	if !s.open() {
		return false
	}
	if s.accept(']') {
		return s.close()
	}
	for element() {
		switch s.next() {
		case ',':
			s.at++
		case ']':
			s.at++
			return s.close()
		default:
			return false
		}
	}
	return false
}

// object reads an object into o. null leaves o as it is.
func (s *scan) object(o object) bool {
	if s.next() == '{' {
		return s.members(o)
	}
	return s.null("an object")
}

// looseObject reads an object whose members are only hints. It skips any other value.
func (s *scan) looseObject(o object) bool {
	if s.next() == '{' {
		return s.members(o)
	}
	return s.skip()
}

// pointed reads an object that the request holds by pointer into room. The pointer is nil when the
// object is absent. No object is read twice, because that would be a duplicate member.
func pointed[T any, P interface {
	*T
	object
}](s *scan, to **T, room *T) bool {
	if s.next() != '{' {
		return s.null("an object")
	}
	*to = room
	return s.members(P(room))
}

// null reads null, which counts as absent. Any other value is a fault: it is not what was wanted.
func (s *scan) null(wanted string) bool {
	return s.literal("null") || s.refuse("WRONG_TYPE", "wrong JSON type, want "+wanted)
}

// refuse notes what is wrong with the value at this place.
func (s *scan) refuse(reason, detail string) bool {
	s.fault = &MalformedError{Reason: reason, Detail: detail}
	return false
}

// text reads a string of at most most bytes. null leaves to as it is.
func (s *scan) text(to *string, most int) bool {
	if s.next() != '"' {
		return s.null("a string")
	}
	value, ok := s.string()
	if !ok {
		return false
	}
	if s.checked && bytes.IndexByte(value, '\\') >= 0 {
		value, _ = jsontext.AppendUnquote(nil, slices.Concat([]byte{'"'}, value, []byte{'"'})) // cannot fail: the body was checked
	}
	if len(value) > most {
		return s.refuse("TOO_LONG", fmt.Sprintf("longer than %d", most))
	}
	s.texts.Write(value)
	all := s.texts.String()
	*to = all[len(all)-len(value):]
	return true
}

// id reads an id; see [isID]. An empty string counts as absent.
func (s *scan) id(to *string) bool {
	return s.text(to, maxIDBytes) && (*to == "" || isID(*to) || s.refuse("WRONG_FORM", wantID))
}

// requestID reads the id of a request: see [isRequestID].
func (s *scan) requestID(to *string) bool {
	return s.text(to, maxIDBytes) && (*to == "" || isID(*to) || isRequestID(*to) || s.refuse("WRONG_FORM", wantID))
}

// hint reads a string that counts only when it holds the expected value. Any other value is marked
// as unreadable, which is not the same as absent.
func (s *scan) hint(to *string) bool {
	if c := s.next(); c == '"' || c == 'n' {
		if s.text(to, maxTextBytes) {
			return true
		}
		if s.fault == nil || s.fault.Reason != "TOO_LONG" {
			return false
		}
		s.fault = nil
		*to = noHint
		return true
	}
	*to = noHint
	return s.skip()
}

// noHint marks a hint that cannot be read.
const noHint = "?"

// list reads an array of authentication methods. null leaves to as it is.
func (s *scan) list(to *[]string) bool {
	if s.next() != '[' {
		return s.null("an array of strings")
	}
	first := len(s.amr)
	ok := s.elements(func() bool {
		if s.method() {
			return true
		}
		if s.fault != nil {
			s.path = append(s.path, fmt.Sprintf("[%d]", len(s.amr)-first))
		}
		return false
	})
	*to = slices.Clip(s.amr[first:])
	if ok && len(*to) > maxAMRValues {
		return s.refuse("TOO_LONG", fmt.Sprintf("longer than %d", maxAMRValues))
	}
	return ok
}

// method reads one authentication method of a list.
func (s *scan) method() bool {
	var value string
	if s.next() != '"' {
		return s.refuse("WRONG_TYPE", "wrong JSON type, want a string")
	}
	if !s.text(&value, maxIDBytes) || !isID(value) && !s.refuse("WRONG_FORM", wantID) {
		return false
	}
	s.amr = append(s.amr, value)
	return true
}

// skip skips a value of any type.
func (s *scan) skip() bool {
	switch c := s.next(); {
	case c == '"':
		_, ok := s.string()
		return ok
	case c == '{':
		return s.members(unread{})
	case c == '[':
		return s.elements(s.skip)
	case c == '-' || '0' <= c && c <= '9':
		return s.number()
	}
	return s.literal("true") || s.literal("false") || s.literal("null")
}

// string reads a string and returns the text between the quotes, with its escapes. It gives up on
// escapes in a body that has not been checked.
func (s *scan) string() (value []byte, ok bool) {
	if s.next() != '"' {
		return nil, false
	}
	begin := s.at + 1
	end := plain(s.body, begin)
	if end < len(s.body) && s.body[end] == '"' {
		s.at = end + 1
		return s.body[begin:end], true
	}
	return s.unusual(begin, end)
}

// unusual reads the rest of a string. end is its first byte that is neither plain nor the closing
// quote.
func (s *scan) unusual(begin, end int) (value []byte, ok bool) {
	for end < len(s.body) && (s.body[end] >= utf8.RuneSelf || s.checked && s.body[end] == '\\') {
		if s.body[end] == '\\' {
			end++
		}
		end = plain(s.body, end+1)
	}
	if end >= len(s.body) || s.body[end] != '"' {
		return nil, false
	}
	s.at = end + 1
	value = s.body[begin:end]
	return value, utf8.Valid(value)
}

// plain returns the index, from at on, of the first byte that is a quote, a backslash, a control
// character or not ASCII; or the length. It looks at eight bytes at a time.
func plain(text []byte, at int) int {
	for ; at+8 <= len(text); at += 8 {
		if found := special(binary.LittleEndian.Uint64(text[at : at+8])); found != 0 {
			return at + bits.TrailingZeros64(found)/8
		}
	}
	for at < len(text) && text[at] >= ' ' && text[at] < utf8.RuneSelf && text[at] != '"' && text[at] != '\\' {
		at++
	}
	return at
}

const (
	lowBits  = 0x01_01_01_01_01_01_01_01
	highBits = 0x80 * lowBits
)

// special looks for a quote, a backslash, a control character or a byte outside ASCII in eight
// bytes. It sets the highest bit of the lowest such byte; 0 means that there is none. It may set
// bits of higher bytes wrongly, because the subtraction borrows from them.
func special(eight uint64) uint64 {
	control := eight - ' '*lowBits
	quote := (eight ^ '"'*lowBits) - lowBits
	backslash := (eight ^ '\\'*lowBits) - lowBits
	return (control | quote | backslash | eight) & highBits
}

// number skips a number. In a body that has not been checked, it gives up on a fraction or an
// exponent. It does not look at the byte that follows.
func (s *scan) number() bool {
	if s.checked {
		s.at += bytes.IndexFunc(s.body[s.at:], func(c rune) bool { return !strings.ContainsRune("+-.0123456789Ee", c) })
		return true
	}
	if s.body[s.at] == '-' {
		s.at++
	}
	rest := s.body[s.at:]
	n := 0
	for n < len(rest) && '0' <= rest[n] && rest[n] <= '9' {
		n++
	}
	s.at += n
	return n == 1 || n > 1 && rest[0] != '0'
}

// literal skips word if it comes next.
func (s *scan) literal(word string) bool {
	if rest := s.body[s.at:]; len(rest) < len(word) || string(rest[:len(word)]) != word {
		return false
	}
	s.at += len(word)
	return true
}
