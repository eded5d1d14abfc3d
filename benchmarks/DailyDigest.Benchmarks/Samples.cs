using System.Security.Cryptography;
using System.Text;
using DailyDigest.Content;

namespace DailyDigest.Benchmarks;

/// <summary>
/// Stories as a busy day has them: titles of 6 to 11 words of a skewed vocabulary, one in seven a wire copy. The same in every run.
/// </summary>
internal static class Samples
{
    public static readonly DateTimeOffset Now = new(2026, 11, 3, 7, 0, 0, TimeSpan.Zero);

    public static List<Story> Stories(int count, int seed)
    {
        var random = new Random(seed);
        var stories = new List<Story>(count);
        for (var number = 0; number < count; number++)
        {
            var original = number > 20 && random.Next(7) == 0 ? stories[random.Next(number)] : null;
            var url = $"https://news.example/{seed}/{number}";
            var published = Now.AddMinutes(-random.Next(1, 24 * 60));
            stories.Add(new Story
            {
                Id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url)))[..32],
                Kind = random.Next(5) == 0 ? StoryKind.BlogPost : StoryKind.Article,
                Url = url,
                Title = original?.Title ?? Words(random, random.Next(6, 12)),
                Summary = original?.Summary ?? Words(random, 40),
                Byline = "A. Writer",
                Section = "section " + random.Next(8),
                Source = "feed " + random.Next(12),
                Published = published,
                FirstSeen = published,
                Signals = new Signals(
                    random.Next(20_000), random.Next(400), random.Next(4) == 0 ? null : random.Next(90), null, random.Next(1, 60)),
            });
        }

        return stories;
    }

    // Word n comes about 1/n as often as the first, as in languages.
    private static string Words(Random random, int count) =>
        string.Join(' ', Enumerable.Range(0, count).Select(_ => "word" + (int)Math.Pow(8_000, random.NextDouble())));
}
