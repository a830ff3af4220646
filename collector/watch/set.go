package watch

// targetSet is a set of targets that can be walked in a fixed order.
type targetSet struct {
	all   []*Target
	index map[*Target]int
}

func newTargetSet() targetSet { return targetSet{index: map[*Target]int{}} }

func (s *targetSet) has(t *Target) bool {
	_, ok := s.index[t]
	return ok
}

func (s *targetSet) add(t *Target) (added bool) {
	if s.has(t) {
		return false
	}
	s.index[t] = len(s.all)
	s.all = append(s.all, t)
	return true
}

// drop moves the last one to where t was.
func (s *targetSet) drop(t *Target) {
	i, ok := s.index[t]
	if !ok {
		return
	}
	last := len(s.all) - 1
	s.all[i] = s.all[last]
	s.index[s.all[i]] = i
	s.all[last] = nil
	s.all = s.all[:last]
	delete(s.index, t)
}

func (s *targetSet) dropIf(match func(*Target) bool) {
	for i := len(s.all) - 1; i >= 0; i-- {
		if match(s.all[i]) {
			s.drop(s.all[i])
		}
	}
}

func (s *targetSet) clear() {
	s.all = nil
	clear(s.index)
}
