package search

// sets is a union of sets of places.
type sets []int32

func newSets(n int) sets {
	s := make(sets, n)
	for i := range s {
		s[i] = int32(i)
	}
	return s
}

func (s sets) find(i int32) int32 {
	for s[i] != i {
		s[i] = s[s[i]]
		i = s[i]
	}
	return i
}

func (s sets) join(i, j int32) {
	i, j = s.find(i), s.find(j)
	if i < j {
		s[j] = i
	} else {
		s[i] = j
	}
}

// split gives the members of each set, in the order of their first.
func (s sets) split(pts []int32) [][]int32 {
	var out [][]int32
	at := map[int32]int{}
	for i, p := range pts {
		lead := s.find(int32(i))
		place, ok := at[lead]
		if !ok {
			place = len(out)
			at[lead] = place
			out = append(out, nil)
		}
		out[place] = append(out[place], p)
	}
	return out
}
