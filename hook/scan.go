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
//
// Each method that reads something gets the index where it begins, and returns the index after it,
// or none when it gives up.
type scan struct {
	body    []byte
	checked bool            // the body is known to be JSON in UTF-8 without duplicate members
	depth   int             // number of open objects and arrays
	open    int             // number of members read so far, of all open objects
	texts   strings.Builder // holds all strings of the request in one allocation
	amr     []string        // methods of all lists so far
	decoder *decoder
	fault   *MalformedError // what is wrong, without its place
	path    []string        // path to the fault, innermost name first
}

// none is no index of the body.
const none = -1

// decoder is the memory for a request and for reading it. It is allocated once and used for many
// calls.
type decoder struct {
	scanning scan
	names    [scanMembers]uint64 // fingerprints of the names of the open members
	request  Request
	data     Data
	identity IdentityToken
	access   AccessToken
	amr      [scanAMR]string // shared by all lists of methods
}

const (
	// scanTexts is more bytes than all kept strings of one of Okta's calls need together.
	scanTexts = 768
	// scanAMR is how many methods one of Okta's calls usually names.
	scanAMR = 8
	// scanMembers is how many members may be open at one time. Each name is compared with all names
	// before it in its object.
	scanMembers = 64
)

// object is a JSON object of the request. member reads or skips the value of one member.
type object interface {
	member(name []byte, s *scan, at int) int
}

// scan reads the whole body. ok is false when it gives up; fault then says what is wrong, if
// anything is.
func (r *decoder) scan(body []byte, checked bool) (ok bool, fault *MalformedError) {
	s := &r.scanning
	*s = scan{body: body, checked: checked, amr: r.amr[:0], decoder: r}
	s.texts.Grow(scanTexts)
	at, c := s.next(0)
	if c != '{' {
		return false, &MalformedError{Reason: "WRONG_TYPE", Detail: "wrong JSON type, want an object"}
	}
	if at = s.members(at, &r.request); at != none {
		at, _ = s.next(at)
	}
	if fault = s.fault; fault != nil {
		fault.Location = s.location()
	}
	*s = scan{} // do not keep the body
	return at == len(body), fault
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

// next returns the first byte from at on that is no white space, and its index; 0 at the end.
func (s *scan) next(at int) (int, byte) {
	if uint(at) < uint(len(s.body)) && s.body[at] > ' ' { // usually there is no white space
		return at, s.body[at]
	}
	return s.nextAfterSpace(at)
}

func (s *scan) nextAfterSpace(at int) (int, byte) {
	for ; at < len(s.body); at++ {
		if c := s.body[at]; c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return at, c
		}
	}
	return at, 0
}

// members reads the object at this place into o. If o is nil, it skips all members.
func (s *scan) members(at int, o object) int {
	if s.depth++; s.depth > maxDepth {
		return none
	}
	first := s.open
	at, c := s.next(at + 1)
	if c == '}' {
		s.depth--
		return at + 1
	}
	for c == '"' {
		begin := at + 1
		end, key := s.end(begin)
		if end == none || !s.isNew(key, first) && !s.checked {
			return none
		}
		if at, c = s.next(end + 1); c != ':' {
			return none
		}
		if at, c = s.next(at + 1); c == 0 {
			return none
		}
		if o == nil {
			at = s.skip(at)
		} else {
			at = o.member(s.body[begin:end], s, at)
		}
		if at == none {
			if s.fault != nil {
				s.path = append(s.path, string(s.body[begin:end]))
			}
			return none
		}
		switch at, c = s.next(at); c {
		case ',':
			at, c = s.next(at + 1)
		case '}':
			s.depth, s.open = s.depth-1, first
			return at + 1
		default:
			return none
		}
	}
	return none
}

// isNew reports whether a name's fingerprint differs from those from index first on, and notes it. It
// is false, too, when there are too many: then the library has to compare the names.
func (s *scan) isNew(key uint64, first int) bool {
	names := &s.decoder.names
	if s.open == len(names) || slices.Contains(names[first:s.open], key) {
		return false
	}
	names[s.open] = key
	s.open++
	return true
}

// end returns the index of the closing quote of a string whose text begins at begin, and the text's
// fingerprint. It gives up on escapes in a body that has not been checked. It looks at eight bytes
// at a time.
func (s *scan) end(begin int) (end int, key uint64) {
	body, at := s.body, begin
	for ; at+8 <= len(body); at += 8 {
		word := eight(body, at)
		if found := special(word); found != 0 {
			if end = at + bits.TrailingZeros64(found)/8; body[end] == '"' {
				return end, key + word&(found&-found>>7-1)
			}
			break
		}
		key = (key + word) * mixer
	}
	return s.unusual(begin, at)
}

// fingerprint returns a number that equal names share and different names hardly ever do.
func fingerprint(name []byte) (key uint64) {
	for ; len(name) >= 8; name = name[8:] {
		key = (key + eight(name, 0)) * mixer
	}
	var last [8]byte
	copy(last[:], name)
	return key + eight(last[:], 0)
}

// mixer is an odd number whose bits look random, small enough to be part of an instruction.
const mixer = 0x5851_F42D

// eight returns the eight bytes from at on. The third index spares the compiler some work.
func eight(body []byte, at int) uint64 { return binary.LittleEndian.Uint64(body[at : at+8 : at+8]) }

// elements reads the array at this place and calls element with the index of each value.
func (s *scan) elements(at int, element func(at int) int) int {
	if s.depth++; s.depth > maxDepth {
		return none
	}
	at, c := s.next(at + 1)
	for c != ']' {
		if at, c = s.next(at); c == 0 {
			return none
		}
		if at = element(at); at == none {
			return none
		}
		if at, c = s.next(at); c == ',' {
			at++
		} else if c != ']' {
			return none
		}
	}
	s.depth--
	return at + 1
}

// object reads an object into o. null leaves o as it is.
func (s *scan) object(at int, o object) int {
	if s.body[at] == '{' {
		return s.members(at, o)
	}
	return s.null(at, "an object")
}

// looseObject reads an object whose members are only hints. It skips any other value.
func (s *scan) looseObject(at int, o object) int {
	if s.body[at] == '{' {
		return s.members(at, o)
	}
	return s.skip(at)
}

// pointed reads an object that the request holds by pointer into room. The pointer is nil when the
// object is absent. No object is read twice, because that would be a duplicate member.
func pointed[T any, P interface {
	*T
	object
}](s *scan, at int, to **T, memory *T) int {
	if s.body[at] != '{' {
		return s.null(at, "an object")
	}
	*to = memory
	return s.members(at, P(memory))
}

// null reads null, which counts as absent. Any other value is a fault: it is not what was wanted.
func (s *scan) null(at int, wanted string) int {
	if after := s.literal(at, "null"); after != none {
		return after
	}
	return s.refuse("WRONG_TYPE", "wrong JSON type, want "+wanted)
}

// refuse notes what is wrong with a value, and gives up.
func (s *scan) refuse(reason, detail string) int {
	s.fault = &MalformedError{Reason: reason, Detail: detail}
	return none
}

// text reads a string of at most most bytes. null leaves to as it is.
func (s *scan) text(at int, to *string, most int) int {
	if s.body[at] != '"' {
		return s.null(at, "a string")
	}
	end, _ := s.end(at + 1)
	if end == none {
		return none
	}
	value := s.body[at+1 : end]
	if s.checked && bytes.IndexByte(value, '\\') >= 0 {
		value, _ = jsontext.AppendUnquote(nil, s.body[at:end+1]) // cannot fail: the body was checked
	}
	if len(value) > most {
		return s.refuse("TOO_LONG", fmt.Sprintf("longer than %d", most))
	}
	s.texts.Write(value)
	all := s.texts.String()
	*to = all[len(all)-len(value):]
	return end + 1
}

// id reads an id; see [isID]. An empty string counts as absent.
func (s *scan) id(at int, to *string) int {
	after := s.text(at, to, maxIDBytes)
	if after != none && *to != "" && !isID(*to) {
		return s.refuse("WRONG_FORM", wantID)
	}
	return after
}

// requestID reads the id of a request: see [isRequestID].
func (s *scan) requestID(at int, to *string) int {
	after := s.text(at, to, maxIDBytes)
	if after != none && *to != "" && !isID(*to) && !isRequestID(*to) {
		return s.refuse("WRONG_FORM", wantID)
	}
	return after
}

// hint reads a string that counts only when it holds the expected value. Any other value is marked
// as unreadable, which is not the same as absent.
func (s *scan) hint(at int, to *string) int {
	if c := s.body[at]; c == '"' || c == 'n' {
		after := s.text(at, to, maxTextBytes)
		if after != none || s.fault == nil || s.fault.Reason != "TOO_LONG" {
			return after
		}
		s.fault = nil
	}
	*to = noHint
	return s.skip(at)
}

// noHint marks a hint that cannot be read.
const noHint = "?"

// list reads an array of authentication methods. null leaves to as it is.
func (s *scan) list(at int, to *[]string) int {
	if s.body[at] != '[' {
		return s.null(at, "an array of strings")
	}
	first := len(s.amr)
	after := s.elements(at, func(at int) int {
		after := s.method(at)
		if after == none && s.fault != nil {
			s.path = append(s.path, fmt.Sprintf("[%d]", len(s.amr)-first))
		}
		return after
	})
	*to = slices.Clip(s.amr[first:])
	if after != none && len(*to) > maxAMRValues {
		return s.refuse("TOO_LONG", fmt.Sprintf("longer than %d", maxAMRValues))
	}
	return after
}

// method reads one authentication method of a list.
func (s *scan) method(at int) int {
	var value string
	if s.body[at] != '"' {
		return s.refuse("WRONG_TYPE", "wrong JSON type, want a string")
	}
	after := s.text(at, &value, maxIDBytes)
	if after != none && !isID(value) {
		return s.refuse("WRONG_FORM", wantID)
	}
	if after != none {
		s.amr = append(s.amr, value)
	}
	return after
}

// skip skips a value of any type.
func (s *scan) skip(at int) int {
	switch c := s.body[at]; {
	case c == '"':
		if at, _ = s.end(at + 1); at == none {
			return none
		}
		return at + 1
	case c == '{':
		return s.members(at, nil)
	case c == '[':
		return s.elements(at, s.skip)
	case c == '-' || '0' <= c && c <= '9':
		return s.number(at)
	}
	return max(s.literal(at, "true"), s.literal(at, "false"), s.literal(at, "null"))
}

// unusual is end for any string, byte by byte. Nothing before at needs a closer look.
func (s *scan) unusual(begin, at int) (end int, key uint64) {
	for ; at < len(s.body) && s.body[at] != '"'; at++ {
		switch c := s.body[at]; {
		case c == '\\' && s.checked:
			at++
		case c == '\\' || c < ' ':
			return none, 0
		}
	}
	if at >= len(s.body) || !utf8.Valid(s.body[begin:at]) {
		return none, 0
	}
	return at, fingerprint(s.body[begin:at])
}

const (
	lowBits  = 0x01_01_01_01_01_01_01_01
	highBits = 0x80 * lowBits
)

// special looks for a quote, a backslash, a control character or a byte outside ASCII in eight
// bytes. It sets the highest bit of the lowest such byte; 0 means that there is none. It may set
// bits of higher bytes wrongly, because the subtraction borrows from them.
func special(eight uint64) uint64 {
	const two, limit = 2 * lowBits, ('"' - 1) * lowBits // flipping the bit of 2 moves the quote next to the control characters, which stay among themselves
	return ((eight ^ two - limit) | (eight ^ '\\'*lowBits - lowBits) | eight) & highBits
}

// number skips a number. In a body that has not been checked, it gives up on a fraction or an
// exponent. It does not look at the byte that follows.
func (s *scan) number(at int) int {
	if s.checked {
		return at + bytes.IndexFunc(s.body[at:], func(c rune) bool { return !strings.ContainsRune("+-.0123456789Ee", c) })
	}
	if s.body[at] == '-' {
		at++
	}
	begin := at
	for at < len(s.body) && '0' <= s.body[at] && s.body[at] <= '9' {
		at++
	}
	if n := at - begin; n == 0 || n > 1 && s.body[begin] == '0' {
		return none
	}
	return at
}

// literal skips word if it comes next.
func (s *scan) literal(at int, word string) int {
	if rest := s.body[at:]; len(rest) < len(word) || string(rest[:len(word)]) != word {
		return none
	}
	return at + len(word)
}
