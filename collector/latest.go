package collector

// latest is the newest word on each key, in the order in which the keys came.
type latest[K comparable, V any] struct {
	key   func(V) K
	order []K
	words map[K]V
}

func newLatest[K comparable, V any](key func(V) K) latest[K, V] {
	return latest[K, V]{key: key, words: map[K]V{}}
}

// put takes the place of an older word on the same key.
func (l *latest[K, V]) put(word V) {
	k := l.key(word)
	if _, there := l.words[k]; !there {
		l.order = append(l.order, k)
	}
	l.words[k] = word
}

// take removes the first n.
func (l *latest[K, V]) take(n int) []V {
	n = min(n, len(l.order))
	all := make([]V, n)
	for i, k := range l.order[:n] {
		all[i] = l.words[k]
		delete(l.words, k)
	}
	l.order = append([]K(nil), l.order[n:]...)
	return all
}

// back returns what was taken, except where there is a newer word already.
func (l *latest[K, V]) back(all []V) {
	newer := l.order
	l.order = nil
	for _, word := range all {
		if _, there := l.words[l.key(word)]; !there {
			l.put(word)
		}
	}
	l.order = append(l.order, newer...)
}
