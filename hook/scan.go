package hook

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

// scan reads in one pass what Okta really sends: JSON without escapes, fractions and
// very large objects. It takes nothing that the JSON library would refuse, and gives
// up on whatever else it meets, which is then the library's to decode or to refuse.
// The depth of the body is bounded: see [tooDeep].
type scan struct {
	body  []byte
	at    int             // of the next byte to look at
	names []span          // of the members so far of all objects that are open
	texts strings.Builder // backs all strings of the request with one allocation
	amr   []string        // of all lists of methods so far
	room  *room
}

// room is the memory of a request and of reading it.
type room struct {
	scanning scan
	names    [scanNames]span
	request  Request
	data     Data
	identity IdentityToken
	access   AccessToken
	amr      [scanAMR]string // for all lists of methods together
}

// span is a part of the body, from one place to before another.
type span struct{ from, to int }

const (
	// scanTexts is about the sum of the strings that are kept of one of Okta's calls.
	scanTexts = 768
	// scanNames is more than are open at a time in one of Okta's calls.
	scanNames = 40
	// scanAMR is how many methods Okta names in one of its calls, as a rule.
	scanAMR = 8
	// scanMembers is how many members an object may have; each may have to be compared
	// with all before it.
	scanMembers = 32
)

// object is a JSON object of the request. member reads the value of one member, or
// skips it; false means that it gives up.
type object interface {
	member(name []byte, s *scan) bool
}

// unread is an object that nothing is wanted of.
type unread struct{}

func (unread) member(_ []byte, s *scan) bool { return s.skip() }

// scan reads the whole body. False means that it gives up.
func (r *room) scan(body []byte) bool {
	s := &r.scanning
	*s = scan{body: body, names: r.names[:0], amr: r.amr[:0], room: r}
	s.texts.Grow(scanTexts)
	ok := s.next() == '{' && s.members(&r.request) && s.next() == 0 && s.at == len(body)
	*s = scan{} // it holds the body
	return ok
}

// next skips white space and returns the byte after it, 0 at the end.
func (s *scan) next() byte {
	if s.at < len(s.body) && s.body[s.at] > ' ' { // as a rule there is none
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

// accept skips c, which is not 0, after white space if it is there.
func (s *scan) accept(c byte) bool {
	if s.next() != c {
		return false
	}
	s.at++
	return true
}

// members reads the object that begins here into o.
func (s *scan) members(o object) bool {
	s.at++
	if s.accept('}') {
		return true
	}
	first, sums := len(s.names), uint64(0)
	for {
		name, ok := s.string()
		if !ok {
			return false
		}
		sum := checksum(name)
		if sums&sum != 0 && s.knows(name, first) || len(s.names)-first == scanMembers {
			return false
		}
		sums |= sum
		s.names = append(s.names, span{s.at - 1 - len(name), s.at - 1})
		if !s.accept(':') || !o.member(name, s) {
			return false
		}
		switch s.next() {
		case ',':
			s.at++
		case '}':
			s.at++
			s.names = s.names[:first]
			return true
		default:
			return false
		}
	}
}

// checksum is one bit of 64 for a name: two with other bits are not the same.
func checksum(name []byte) uint64 {
	if len(name) == 0 {
		return 1
	}
	return 1 << ((uint(len(name))*11 ^ uint(name[0]) ^ uint(name[len(name)-1])<<2) % 64)
}

// knows tells whether a name is among those from first on.
func (s *scan) knows(name []byte, first int) bool {
	for _, other := range s.names[first:] {
		if string(s.body[other.from:other.to]) == string(name) {
			return true
		}
	}
	return false
}

// elements reads the array that begins here, calling element for each value.
func (s *scan) elements(element func() bool) bool {
	s.at++
	if s.accept(']') {
		return true
	}
	for element() {
		switch s.next() {
		case ',':
			s.at++
		case ']':
			s.at++
			return true
		default:
			return false
		}
	}
	return false
}

// object reads an object into o, and leaves o as it is for null.
func (s *scan) object(o object) bool {
	if s.next() == '{' {
		return s.members(o)
	}
	return s.literal("null")
}

// pointed reads an object that the request holds by pointer into room: nil when it is
// not there. No object is read twice, as that would be a duplicate member.
func pointed[T any, P interface {
	*T
	object
}](s *scan, to **T, room *T) bool {
	if s.next() != '{' {
		return s.literal("null")
	}
	*to = room
	return s.members(P(room))
}

// text reads a string, and leaves to as it is for null.
func (s *scan) text(to *string) bool {
	if s.next() != '"' {
		return s.literal("null")
	}
	value, ok := s.string()
	if !ok {
		return false
	}
	s.texts.Write(value)
	all := s.texts.String()
	*to = all[len(all)-len(value):]
	return true
}

// list reads an array of strings, and leaves to as it is for null.
func (s *scan) list(to *[]string) bool {
	if s.next() != '[' {
		return s.literal("null")
	}
	first := len(s.amr)
	ok := s.elements(func() bool {
		var value string
		ok := s.next() == '"' && s.text(&value)
		s.amr = append(s.amr, value)
		return ok
	})
	*to = slices.Clip(s.amr[first:])
	return ok
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
		return s.integer()
	}
	return s.literal("true") || s.literal("false") || s.literal("null")
}

// string reads a string without escapes and returns what stands between the quotes.
func (s *scan) string() (value []byte, ok bool) {
	if s.next() != '"' {
		return nil, false
	}
	rest := s.body[s.at+1:]
	n, ascii := plain(rest), true
	for n < len(rest) && rest[n] >= utf8.RuneSelf {
		ascii = false
		n += 1 + plain(rest[n+1:])
	}
	if n == len(rest) || rest[n] != '"' {
		return nil, false
	}
	s.at += n + 2
	value = rest[:n]
	return value, ascii || utf8.Valid(value)
}

// plain is how many bytes of text come before the first that is a quote, a backslash,
// a control character or not ASCII. It looks at eight at a time.
func plain(text []byte) int {
	n := 0
	for ; n+8 <= len(text); n += 8 {
		if found := special(binary.LittleEndian.Uint64(text[n:])); found != 0 {
			return n + bits.TrailingZeros64(found)/8
		}
	}
	for n < len(text) && text[n] >= ' ' && text[n] < utf8.RuneSelf && text[n] != '"' && text[n] != '\\' {
		n++
	}
	return n
}

const (
	lowBits  = 0x01_01_01_01_01_01_01_01
	highBits = 0x80 * lowBits
)

// special sets the highest bit of the lowest byte of eight that is a quote, a
// backslash, a control character or not ASCII; 0 says that there is none. Above that
// byte it may set others wrongly, as what is subtracted there was borrowed from.
func special(eight uint64) uint64 {
	control := eight - ' '*lowBits
	quote := (eight ^ '"'*lowBits) - lowBits
	backslash := (eight ^ '\\'*lowBits) - lowBits
	return (control | quote | backslash | eight) & highBits
}

// integer skips a number without fraction and exponent. What follows it is looked at
// by whoever reads on.
func (s *scan) integer() bool {
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

// literal skips this word if it is there.
func (s *scan) literal(word string) bool {
	if rest := s.body[s.at:]; len(rest) < len(word) || string(rest[:len(word)]) != word {
		return false
	}
	s.at += len(word)
	return true
}
