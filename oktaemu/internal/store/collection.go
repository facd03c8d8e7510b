package store

import (
	"slices"
)

// MaxObjects bounds each collection of the Management API, so that a client in a
// loop cannot fill the memory.
const MaxObjects = 5000

// Collection keeps objects by id in the order of their creation. Objects are
// values that are replaced, never changed in place: what get and list return
// stays as it was.
type Collection[T any] struct {
	order []string
	items map[string]T
}

// Get returns the object with that id.
func (c *Collection[T]) Get(id string) (T, bool) {
	item, ok := c.items[id]
	return item, ok
}

// Put adds or replaces. It reports false when the collection is full.
func (c *Collection[T]) Put(id string, item T) bool {
	if c.items == nil {
		c.items = make(map[string]T)
	}
	if _, there := c.items[id]; !there {
		if len(c.order) >= MaxObjects {
			return false
		}
		c.order = append(c.order, id)
	}
	c.items[id] = item
	return true
}

// Delete reports whether the object was there.
func (c *Collection[T]) Delete(id string) bool {
	if _, there := c.items[id]; !there {
		return false
	}
	delete(c.items, id)
	c.order = slices.DeleteFunc(slices.Clone(c.order), func(s string) bool { return s == id })
	return true
}

// List returns the objects, the oldest first.
func (c *Collection[T]) List() []T {
	items := make([]T, 0, len(c.order))
	for _, id := range c.order {
		items = append(items, c.items[id])
	}
	return items
}

// Find returns the first object that match accepts.
func (c *Collection[T]) Find(match func(T) bool) (T, bool) {
	for _, id := range c.order {
		if item := c.items[id]; match(item) {
			return item, true
		}
	}
	var none T
	return none, false
}

// Len is how many objects there are.
func (c *Collection[T]) Len() int { return len(c.order) }

// Ring keeps the last values that were added, up to its size.
type Ring[T any] struct {
	size  int
	items []T
	next  int
}

func newRing[T any](size int) *Ring[T] { return &Ring[T]{size: size} }

// Add puts item in the place of the oldest one.
func (r *Ring[T]) Add(item T) {
	if len(r.items) < r.size {
		r.items = append(r.items, item)
		return
	}
	r.items[r.next] = item
	r.next = (r.next + 1) % r.size
}

// List returns the values, oldest first.
func (r *Ring[T]) List() []T {
	items := make([]T, 0, len(r.items))
	items = append(items, r.items[r.next:]...)
	return append(items, r.items[:r.next]...)
}
