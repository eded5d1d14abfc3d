"""A feed of made-up stories for tests/stores/make: eight of each day of March 2026 from the 9th on. Usage: feed.py DAY"""
import random
import sys
from datetime import datetime, timedelta, timezone

CONSONANTS = "b d f g k l m n p r s t v br tr st pl".split()
VOWELS = "a e i o u ai ou".split()


def words(source, number):
    return " ".join("".join(source.choice(CONSONANTS) + source.choice(VOWELS) for _ in range(3)) for _ in range(number))


print('<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Courier</title>'
      "<link>https://news.example.com/</link><language>en</language><description>News</description>")
for day in range(9, int(sys.argv[1]) + 1):
    for number in range(8):
        source = random.Random(day * 100 + number)
        published = datetime(2026, 3, day, 5, tzinfo=timezone.utc) - timedelta(minutes=20 * number)
        link = f"https://news.example.com/2026/03/{day:02d}/{number}"
        print(f"<item><title>{words(source, 6).capitalize()}</title><link>{link}</link><guid>{link}</guid>"
              f"<category>{'Sport' if number % 3 == 0 else 'Harbour'}</category><description>{words(source, 12)}.</description>"
              f"<pubDate>{published:%a, %d %b %Y %H:%M:%S GMT}</pubDate></item>")
print("</channel></rss>")
