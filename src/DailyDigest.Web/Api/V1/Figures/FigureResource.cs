using System.ComponentModel;
using DailyDigest.Accounts;
using DailyDigest.Figures;
using DailyDigest.Reporting;

namespace DailyDigest.Web;

[Description("The figures of the last days. A count that is missing is 0.")]
internal sealed record ApiFigures(
    [property: Description("Readers by status now.")] IReadOnlyDictionary<string, long> Now,
    [property: Description("True while the readers of an old store are still being counted: now is then too low.")] bool IsCounting,
    [property: Description("A point for each day, oldest first.")] IReadOnlyList<ApiFigureDay> Days,
    [property: Description("Deliveries, complaints and bounces by receiving domain over all days, the largest first.")]
    IReadOnlyList<ApiFigureLabel> Domains,
    [property: Description("Stories by feed over all days, the largest first.")] IReadOnlyList<ApiFigureLabel> Feeds);

[Description("The figures of a day.")]
internal sealed record ApiFigureDay(
    [property: Description("The date in the publication's zone.")] DateOnly Date,
    [property: Description("Readers at the end of the day; left out for a day before they were counted.")] long? Subscribers,
    [property: Description("Sign-ups, confirmations, departures and changes.")] IReadOnlyDictionary<string, long> Readers,
    [property: Description("Deliveries by outcome, and runs.")] IReadOnlyDictionary<string, long> Deliveries,
    [property: Description("Stories of all feeds.")] IReadOnlyDictionary<string, long> Stories);

[Description("Counts of a domain or a feed.")]
internal sealed record ApiFigureLabel(
    [property: Description("The domain or the feed.")] string Label,
    [property: Description("Its counts.")] IReadOnlyDictionary<string, long> Counts);

/// <summary>The figures. They are kept counts: five requests to the store for up to 400 days.</summary>
internal sealed class FigureResource(ReadFigures figures)
{
    private const int UsualDays = 30;

    public void Map(ApiRoutes routes) => routes.Get("/figures", Permission.SeeFigures, "getFigures", GetAsync)
        .Takes<int>("days", "Days up to today, 1 to 400; 30 if it is left out.")
        .Says("Shows the figures of the last days.");

    private async Task<ApiAnswer<ApiFigures>> GetAsync(ApiRequest request)
    {
        var report = await figures.ExecuteAsync(request.Number("days", 1, ReadFigures.MaxDays, UsualDays), request.Cancellation);
        return new ApiFigures(
            Counts(report.Now), report.IsCounting,
            [.. report.Days.Select(day => new ApiFigureDay(
                day.Date, day.Subscribers, Counts(day.Readers), Counts(day.Deliveries), Counts(day.Stories)))],
            [.. report.Domains.Select(Label)], [.. report.Feeds.Select(Label)]);
    }

    private static ApiFigureLabel Label((string Label, FigureCounts Counts) one) => new(one.Label, Counts(one.Counts));

    private static Dictionary<string, long> Counts(FigureCounts counts) => counts.ToDictionary(pair => pair.Key, pair => pair.Value);
}
