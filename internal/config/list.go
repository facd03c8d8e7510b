package config

import (
	"net/netip"
	"strings"
	"unicode"
)

// List is a comma-separated list. Spaces around items and empty items are dropped.
type List []string

// EnvDecode implements the decoder of go-envconfig. It never fails.
func (l *List) EnvDecode(text string) error {
	*l = split(text, func(r rune) bool { return r == ',' })
	return nil
}

// Words is a list separated by spaces; OAuth writes scopes so (RFC 6749, 3.3).
type Words []string

// EnvDecode implements the decoder of go-envconfig. It never fails.
func (w *Words) EnvDecode(text string) error {
	*w = split(text, unicode.IsSpace)
	return nil
}

// Networks is a list of IP networks.
type Networks []netip.Prefix

// EnvDecode implements the decoder of go-envconfig. It reads networks in CIDR notation, or single
// addresses, separated by commas. The error is a [*NetworkError].
func (n *Networks) EnvDecode(text string) error {
	*n = nil
	for _, item := range split(text, func(r rune) bool { return r == ',' }) {
		network, err := parseNetwork(item)
		if err != nil {
			return err
		}
		*n = append(*n, network)
	}
	return nil
}

// NetworkError says that a text is not an IP network.
type NetworkError struct {
	Text string
	Hint string // what was probably meant; may be empty
}

// Error quotes the text.
func (e *NetworkError) Error() string { return quote(e.Text) + " is not a network in CIDR notation" }

// parseNetwork refuses bits after the prefix, because 10.1.2.3/8 may mean one host or sixteen
// million.
func parseNetwork(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	network, err := netip.ParsePrefix(text)
	switch {
	case err != nil || network.Addr().Is4In6():
		return netip.Prefix{}, &NetworkError{Text: text}
	case network != network.Masked():
		return netip.Prefix{}, &NetworkError{Text: text, Hint: network.Masked().String()}
	}
	return network, nil
}

// Secrets is a list of secrets.
type Secrets []Secret

// split cuts text at the separators. It drops spaces around items and empty items.
func split(text string, separator func(rune) bool) []string {
	var items []string
	for _, item := range strings.FieldsFunc(text, separator) {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
