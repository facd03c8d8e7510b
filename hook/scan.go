package hook

import (
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
}

// span is a part of the body, from one place to before another.
type span struct{ from, to int }

const (
	// scanTexts is about the sum of the strings that are kept of one of Okta's calls.
	scanTexts = 768
	// scanNames is more than are open at a time in one of Okta's calls.
	scanNames = 40
	// scanMembers is how many members an object may have; each is compared with all
	// before it.
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

// request reads the whole body.
func (s *scan) request(r *Request) bool {
	s.texts.Grow(scanTexts)
	s.names = make([]span, 0, scanNames)
	return s.next() == '{' && s.members(r) && s.next() == 0 && s.at == len(s.body)
}

// next skips white space and returns the byte after it, 0 at the end.
func (s *scan) next() byte {
	for ; s.at < len(s.body); s.at++ {
		if c := s.body[s.at]; c > ' ' || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c
		}
	}
	return 0
}

// accept skips c after white space if it is there.
func (s *scan) accept(c byte) bool {
	if s.next() != c || s.at == len(s.body) {
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
	first := len(s.names)
	for {
		name, ok := s.string()
		if !ok || !s.isNew(name, first) || !s.accept(':') || !o.member(name, s) {
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

// isNew notes the name of a member, which was just read, unless the object whose names
// begin at first has it already.
func (s *scan) isNew(name []byte, first int) bool {
	for _, other := range s.names[first:] {
		if string(s.body[other.from:other.to]) == string(name) {
			return false
		}
	}
	s.names = append(s.names, span{s.at - 1 - len(name), s.at - 1})
	return len(s.names)-first <= scanMembers
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

// pointed reads an object that the request holds by pointer: nil when it is not there.
func pointed[T any, P interface {
	*T
	object
}](s *scan, to **T) bool {
	if s.next() != '{' {
		return s.literal("null")
	}
	*to = new(T)
	return s.members(P(*to))
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
	values := make([]string, 0, 4)
	ok := s.elements(func() bool {
		var value string
		ok := s.next() == '"' && s.text(&value)
		values = append(values, value)
		return ok
	})
	*to = values
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
	if !s.accept('"') {
		return nil, false
	}
	rest, all := s.body[s.at:], byte(0)
	for i, c := range rest {
		if c == '"' {
			s.at += i + 1
			value = rest[:i]
			return value, all < utf8.RuneSelf || utf8.Valid(value)
		}
		if c < ' ' || c == '\\' {
			return nil, false
		}
		all |= c
	}
	return nil, false
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
