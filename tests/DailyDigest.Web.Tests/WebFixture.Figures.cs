using DailyDigest.Calendar;
using DailyDigest.Figures;
using DailyDigest.Storage;

namespace DailyDigest.Web.Tests;

/// <content>A publication with figures.</content>
public sealed partial class WebFixture
{
    /// <summary>Figures of the last days, the same each day: 7 people come and 2 leave, and 1,170 digests are sent.</summary>
    public async Task FiguresAsync(int days)
    {
        var (store, stop) = (Get<FigureStore>(), TestContext.Current.CancellationToken);
        var today = DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime);
        var dates = Enumerable.Range(0, days).Select(back => today.AddDays(-back)).ToList();
        await store.WriteAsync(FigureKinds.Readers, dates.Select(date => new FigureDay(date, FigureCounts.Parse(
            "sign-ups=9 confirmed=6 imported=1 left=2 why-too-many=1"))
        {
            Labels = FigureLabels.Parse("gmail.com\tbounces=2 complaints=1\nother\tcomplaints=1"),
        }), stop);
        await store.WriteAsync(FigureKinds.Deliveries, dates.Select((date, index) => new FigureDay(date, FigureCounts.Parse(
            "runs=2 readers=1173 sent=1170 rejected=2 expired=1 deferrals=12 median-seconds=90 slowest-seconds="
                + (index % 9 == 4 ? 720 : 251)))), stop);
        await store.WriteAsync(FigureKinds.Domains, dates.Select(date => new FigureDay(date, new FigureCounts())
        {
            Labels = FigureLabels.Parse("gmail.com\tdeferred=9 sent=700\nicloud.com\tsent=240\nother\trejected=2 sent=230"),
        }), stop);
        await store.WriteAsync(FigureKinds.Stories, dates.Select(date => new FigureDay(date, FigureCounts.Parse("new=31 read=400"))
        {
            Labels = FigureLabels.Parse("The wire\tnew=20 read=300 refused=1\nHarbour news\tnew=11 read=100"),
        }), stop);
        var total = new TableRow("~total")
        {
            { "now", "active=1204 bounced=14 complained=1 pending=31 unsubscribed=88" },
            { "counted", 256 },
            { "since", today.AddDays(-days).Text() },
        };
        await Get<ITableStore>().WriteAsync(Tables.Figures, FigureKinds.Readers, TableWrite.Upsert(total), stop);
    }

    /// <summary>Complaints and bounces of today by receiving domain.</summary>
    public Task EndingsAsync(string labels) => Get<FigureStore>().WriteAsync(
        FigureKinds.Readers,
        [new FigureDay(DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime), new FigureCounts()) { Labels = FigureLabels.Parse(labels) }],
        TestContext.Current.CancellationToken);
}
