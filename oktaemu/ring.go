package oktaemu

// ring keeps the last values that were added, up to its size. The caller holds
// the org's lock.
type ring[T any] struct {
	size  int
	items []T
	next  int
}

func newRing[T any](size int) *ring[T] { return &ring[T]{size: size} }

func (r *ring[T]) add(item T) {
	if len(r.items) < r.size {
		r.items = append(r.items, item)
		return
	}
	r.items[r.next] = item
	r.next = (r.next + 1) % r.size
}

// list returns the values, oldest first.
func (r *ring[T]) list() []T {
	items := make([]T, 0, len(r.items))
	items = append(items, r.items[r.next:]...)
	return append(items, r.items[:r.next]...)
}
