"""250 certificates with names in usual characters, Latin, Cyrillic and Greek: the text of each PDF is the record."""
from certificates import make_and_judge


def test_usual_names(tcrd):
    make_and_judge(tcrd, rare=0)
