package round

func (t *tree) grow() { t.height++ }
