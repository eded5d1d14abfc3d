using DailyDigest.Content;

namespace DailyDigest.Web.Tests;

/// <content>Stories for the digest to come.</content>
public sealed partial class WebFixture
{
    /// <summary>Publishes stories with these titles, and lets two hours go by.</summary>
    public async Task PublishAsync(params string[] titles)
    {
        foreach (var title in titles)
        {
            var url = "https://gazette.example.com/" + Uri.EscapeDataString(title);
            await Get<StoryStore>().UpsertAsync(
                new Story
                {
                    Id = StoryId.From(url),
                    Kind = StoryKind.Article,
                    Url = url,
                    Title = title,
                    Summary = "What it means for those who live here, and what comes next.",
                    Language = "en",
                    Source = "front-page",
                    Section = "Harbour",
                    Published = Time.GetUtcNow().AddMinutes(title.Length),
                    FirstSeen = Time.GetUtcNow(),
                },
                TestContext.Current.CancellationToken);
        }

        Time.Advance(TimeSpan.FromHours(2));
    }
}
