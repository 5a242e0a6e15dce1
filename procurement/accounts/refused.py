"""Passwords of twelve characters or more that are tried first by whoever guesses; data, written for Pli.

They are compared in lower case, with the usual look-alikes undone (``@`` for ``a``, ``0`` for ``o`` ...).
"""

#: Look-alikes undone before comparing.
LOOK_ALIKES = str.maketrans(
    {"@": "a", "4": "a", "3": "e", "1": "i", "!": "i", "0": "o", "5": "s", "$": "s", "7": "t"}
)

_LIST = """
123456789012 1234567890123 12345678901234 123456789123 012345678910 987654321098 111111111111 000000000000
112233445566 121212121212 123123123123 123451234512 123654789123 147258369147 135792468135 102030405060
azertyuiopqs azertyuiop12 azertyuiop123 azerty123456 123456azerty azertyazerty qsdfghjklmwx wxcvbnazerty
qwertyuiop12 qwertyuiop123 qwerty123456 123456qwerty qwertyqwerty qwertyuiopas asdfghjklzxc zxcvbnmasdfg
1q2w3e4r5t6y 1a2z3e4r5t6y q1w2e3r4t5y6 a1z2e3r4t5y6 1qaz2wsx3edc abcdefghijkl abcdefghijklm abcdef123456
abc123abc123 abcd1234abcd aaaaaaaaaaaa motdepasse12 motdepasse123 motdepasse1234 monmotdepasse
motdepasse2026 motdepasse2027 motdepassemotdepasse lemotdepasse changezmoi123 changeme1234 changemenow1
password1234 password12345 password123456 passwordpassword mypassword123 passw0rd1234 welcome12345
bienvenue123 bienvenue1234 bienvenue2026 bienvenue2027 administrator administrateur administrateur1
administrateur123 adminadminadmin administration marchespublics marchepublic achatpublic123
jetaimejetaime jetaime12345 iloveyou1234 iloveyouiloveyou doudoudoudou loulouloulou soleilsoleil
soleil123456 chocolat1234 football1234 liverpool1234 marseille13013 parissaintgermain olympiquedemarseille
letmeinletmein letmein12345 trustno1trustno1 qazwsxedcrfv qsdfghjklm12 poiuytreza12 poiuytrewq12
mlkjhgfdsqaz testtesttest test12345678 demodemodemo secretsecret secret123456 superman1234 superpassword
pokemon12345 dragon123456 starwars1234 princesse123
"""

#: Whole passwords, in lower case, look-alikes undone.
COMMON = frozenset(item.translate(LOOK_ALIKES) for item in _LIST.split())
