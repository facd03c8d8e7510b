package wire

// Links is a _links object: links by name.
type Links map[string]Link

// Link leads to another object of the org.
type Link struct {
	Href  string     `json:"href"`
	Name  string     `json:"name,omitempty"`
	Type  string     `json:"type,omitempty"`
	Hints *LinkHints `json:"hints,omitempty"`
}

// LinkHints says which methods a link takes.
type LinkHints struct {
	Allow []string `json:"allow"`
}

// Allow returns the hints for these methods.
func Allow(methods ...string) *LinkHints { return &LinkHints{Allow: methods} }
