"""Dates as people write them, with what each character says: the data of dates.py.

Rules where writing is ambiguous: dots, hyphens and spaces between numbers put the day first, slashes the month (as in
the United States); a year of four digits in front means year, month, day. Years of two digits are 1969 to 2068 (as in
POSIX).
"""

import random

MONTHS = ("january february march april may june july august september october november december").split()
WEEKDAYS = ("monday tuesday wednesday thursday friday saturday sunday").split()
CHINESE_DIGITS = "〇一二三四五六七八九"
CHINESE_WEEKDAYS = "一二三四五六日天"

FIRST_YEAR, LAST_YEAR = 1000, 2999
CENTURY_STARTS_AT = 69  # the two-digit years 69 to 99 are 19.., 00 to 68 are 20..

# Y year, y its last two digits, d and m with or without a leading zero, D 03, M 03, o 3rd,
# N any name of the month, n a short one, c Chinese numerals, W weekday and what follows it, w a weekday in Chinese.
FORMS = {
    "names, day first": ["Wd N Y", "Wo N Y", "Wo of N Y", "Wo of N, Y", "the o of N Y", "the o of N, Y", "d-n-Y", "d. N Y",
                         "D n Y", "d N, Y", "d/n/Y", "dnY", "d.n.Y", "o n Y"],
    "names, month first": ["WN d, Y", "WN o, Y", "WN d Y", "WN o Y", "n-d-Y", "N the o, Y", "n. d, Y",
                           "N d,Y"],
    "names, year first": ["Y N d", "Y-n-D", "Y, N d", "Y N o"],
    "names, two-digit year": ["Wd N y", "Wd N 'y", "Wo of N 'y", "WN d, 'y", "WN o, 'y", "d-n-y", "WN d 'y", "n d, y"],
    "numbers, day first": ["d.m.Y", "D.M.Y", "d-m-Y", "D-M-Y", "d m Y", "d. m. Y", "Wd.m.Y"],
    "numbers, day first, two-digit year": ["d.m.y", "D.M.y", "d-m-y", "D-M-y", "d m y", "d. m. y"],
    "numbers, month first": ["m/d/Y", "M/D/Y", "Wm/d/Y"],
    "numbers, month first, two-digit year": ["m/d/y", "M/D/y"],
    "numbers, year first": ["Y-M-D", "Y/m/d", "Y/M/D", "Y.m.d", "Y-m-d", "Y m d", "YMD"],
    "Chinese": ["Y年m月d日", "Y年M月D日", "Y年m月d号", "Y年m月d日w", "Y年m月d日 w", "y年m月d日", "Y 年 m 月 d 日"],
    "Chinese numerals": ["C年c月k日", "C年c月k日w", "C年c月k号"],
}
ROLES = {"Y": "year", "y": "year", "C": "year", "d": "day", "D": "day", "o": "day", "k": "day",
         "m": "month", "M": "month", "N": "month", "n": "month", "c": "month", "W": "weekday", "w": "weekday"}


def ordinal(day):
    suffix = "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{suffix}"


def chinese_number(number):
    """1 to 31: 三, 十, 十一, 二十, 三十一."""
    tens, ones = divmod(number, 10)
    return (CHINESE_DIGITS[tens] if tens > 1 else "") + ("十" if tens else "") + (CHINESE_DIGITS[ones] if ones else "")


def piece(letter, date, rng):
    year, month, day = date
    name = MONTHS[month - 1]
    short = "sept" if month == 9 and rng.random() < 0.3 else name[:3]
    if letter == "Y":
        return f"{year:04d}"
    if letter == "y":
        return f"{year % 100:02d}"
    if letter == "C":
        return "".join(CHINESE_DIGITS[int(digit)] for digit in f"{year:04d}")
    if letter == "d":
        return f"{day:02d}" if rng.random() < 0.3 else f"{day}"
    if letter == "D":
        return f"{day:02d}"
    if letter == "m":
        return f"{month:02d}" if rng.random() < 0.3 else f"{month}"
    if letter == "M":
        return f"{month:02d}"
    if letter == "o":
        return ordinal(day)
    if letter == "k":
        return chinese_number(day)
    if letter == "c":
        return chinese_number(month)
    if letter == "n":
        return short
    if letter == "N":
        return rng.choice([name, name, short, short + "."])
    if letter == "W":
        weekday = rng.choice(WEEKDAYS)
        return rng.choice(["", "", f"{weekday}, ", f"{weekday} ", f"{weekday[:3]}, ", f"{weekday[:3]} "])
    return rng.choice(["星期", "周", "礼拜"]) + rng.choice(CHINESE_WEEKDAYS)


def write(form, date, rng):
    """(text, roles): what stands there, and for each character "year", "month", "day", "weekday" or "" (punctuation)."""
    text, roles = "", []
    in_word = False
    for index, letter in enumerate(form):
        # Letters of words such as "of" and "the" are themselves.
        word = form[index : index + 3] == "the" or form[index : index + 2] == "of"
        in_word = word or (in_word and letter != " ")
        known = letter in ROLES and not in_word
        part = piece(letter, date, rng) if known else letter
        text += part
        roles += [ROLES[letter] if known else ""] * len(part)
    return text, roles


def days_in(year, month):
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def draw_date(rng, two_digits):
    if two_digits:
        year = rng.randint(1900 + CENTURY_STARTS_AT, 1999 + CENTURY_STARTS_AT)
    else:
        year = rng.randint(1900, 2099) if rng.random() < 0.5 else rng.randint(FIRST_YEAR, LAST_YEAR)
    month = rng.randint(1, 12)
    return year, month, rng.randint(1, days_in(year, month))


def iso(date):
    return "{:04d}-{:02d}-{:02d}".format(*date)


def draw(count, seed, wanted):
    """count of (text, roles, ISO date, name of the form's kind) with dates for which wanted(date)."""
    rng = random.Random(seed)
    kinds = list(FORMS)
    # Kinds with few digits to go by are as frequent as the others, however many forms they have.
    result = []
    while len(result) < count:
        kind = rng.choice(kinds)
        form = rng.choice(FORMS[kind])
        date = draw_date(rng, "y" in form)
        if wanted(date):
            text, roles = write(form, date, rng)
            result.append((text, roles, iso(date), kind))
    return result
