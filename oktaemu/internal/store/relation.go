package store

// Relation is a kind of link between two users (Okta Management API, schema LinkedObject).
type Relation struct {
	Primary    RelationEnd `json:"primary"`
	Associated RelationEnd `json:"associated"`
}

// RelationEnd is one end of a relation.
type RelationEnd struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Type        string `json:"type"` // USER
}
