package oktaemu

import "slices"

// maxObjects bounds each collection of the Management API, so that a client in a
// loop cannot fill the memory.
const maxObjects = 5000

// collection keeps objects by id in the order of their creation. Objects are
// values that are replaced, never changed in place: what get and list return
// stays as it was. The caller holds the org's lock.
type collection[T any] struct {
	order []string
	items map[string]T
}

func (c *collection[T]) get(id string) (T, bool) {
	item, ok := c.items[id]
	return item, ok
}

// put adds or replaces. It reports false when the collection is full.
func (c *collection[T]) put(id string, item T) bool {
	if c.items == nil {
		c.items = make(map[string]T)
	}
	if _, there := c.items[id]; !there {
		if len(c.order) >= maxObjects {
			return false
		}
		c.order = append(c.order, id)
	}
	c.items[id] = item
	return true
}

func (c *collection[T]) delete(id string) bool {
	if _, there := c.items[id]; !there {
		return false
	}
	delete(c.items, id)
	c.order = slices.DeleteFunc(slices.Clone(c.order), func(s string) bool { return s == id })
	return true
}

func (c *collection[T]) list() []T {
	items := make([]T, 0, len(c.order))
	for _, id := range c.order {
		items = append(items, c.items[id])
	}
	return items
}

// find returns the first object that match accepts.
func (c *collection[T]) find(match func(T) bool) (T, bool) {
	for _, id := range c.order {
		if item := c.items[id]; match(item) {
			return item, true
		}
	}
	var none T
	return none, false
}

func (c *collection[T]) len() int { return len(c.order) }
