"""250 certificates with names in rare characters (Extension A to G): the text of each PDF is the record."""
from certificates import make_and_judge


def test_rare_names(tcrd):
    make_and_judge(tcrd, rare=0.3)
