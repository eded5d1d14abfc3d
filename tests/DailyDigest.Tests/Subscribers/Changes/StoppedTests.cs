using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;
using Microsoft.Extensions.Logging.Abstractions;

namespace DailyDigest.Tests.Subscribers;

/// <summary>Every use case is stopped before and after each of its writes, on both stores, and the tick completes it.</summary>
public sealed class StoppedTests
{
    private const string Reader = "reader@example.com";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_sign_up_that_stops_anywhere_subscribes_nobody_and_works_the_next_time(bool sqlite) => StopEverywhereAsync(
        sqlite,
        _ => Task.CompletedTask,
        fixture => fixture.SignUp.ExecuteAsync(new SignUpRequest(Reader, "page"), CancellationToken.None),
        async fixture =>
        {
            var person = await fixture.SignedUpAsync(Reader);
            Assert.Equal(SubscriberStatus.Pending, person.Status);
            Assert.False(await fixture.IsMailedAsync(person.Id));
            await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
            Assert.Single(fixture.Box.Letters);
            Assert.Equal(ConfirmOutcome.Active, await fixture.Confirm.ExecuteAsync(person.Id, CancellationToken.None));
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task An_interrupted_check_subscribes_nobody_and_a_new_question_works(bool sqlite) =>
        StopEverywhereAsync(
        sqlite,
        _ => Task.CompletedTask,
        AdmitAsync,
        async fixture =>
        {
            Assert.Equal(AdmitOutcome.Accepted, (await AdmitAsync(fixture)).Outcome);
            var person = (await fixture.FindAsync(Reader))!;
            Assert.Equal(SubscriberStatus.Pending, person.Status);
            Assert.False(await fixture.IsMailedAsync(person.Id));
            await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
            Assert.Single(fixture.Box.Letters);
            Assert.Equal(ConfirmOutcome.Active, await fixture.Confirm.ExecuteAsync(person.Id, CancellationToken.None));
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_confirmation_that_stops_anywhere_is_done_or_not_and_can_be_repeated(bool sqlite) => StopEverywhereAsync(
        sqlite,
        fixture => fixture.SignedUpAsync(Reader),
        async fixture => await fixture.Confirm.ExecuteAsync((await fixture.FindAsync(Reader))!.Id, CancellationToken.None),
        async fixture =>
        {
            var person = (await fixture.FindAsync(Reader))!;
            Assert.Equal(person.Status == SubscriberStatus.Active, await fixture.IsMailedAsync(person.Id));
            Assert.Equal(ConfirmOutcome.Active, await fixture.Confirm.ExecuteAsync(person.Id, CancellationToken.None));
            Assert.Single(await fixture.ServedByAsync(person.Id, new DateOnly(2026, 3, 3)));
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task An_unsubscribe_that_stops_anywhere_is_done_or_not_and_can_be_repeated(bool sqlite) => StopEverywhereAsync(
        sqlite,
        fixture => fixture.SubscribedAsync(Reader),
        async fixture => await fixture.Unsubscribe.ExecuteAsync((await fixture.FindAsync(Reader))!.Id, CancellationToken.None),
        async fixture =>
        {
            var person = (await fixture.FindAsync(Reader))!;
            Assert.Equal(person.Status == SubscriberStatus.Active, await fixture.IsMailedAsync(person.Id));
            await fixture.Unsubscribe.ExecuteAsync(person.Id, CancellationToken.None);
            Assert.False(await fixture.IsMailedAsync(person.Id));
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_change_of_hour_that_stops_anywhere_leaves_each_date_to_one_cohort(bool sqlite) => StopEverywhereAsync(
        sqlite,
        async fixture =>
        {
            var person = await fixture.SubscribedAsync(Reader);
            await fixture.Store.WriteAsync(
                Tables.SentStories, person.Cohort.Key, TableWrite.Insert(new TableRow("cluster") { { "date", "2026-03-01" } }),
                CancellationToken.None);
        },
        async fixture => await fixture.ChangePreferences.ExecuteAsync(
            (await fixture.FindAsync(Reader))!.Id, new Preferences("Asia/Tokyo", 20, "daily", "ar"), CancellationToken.None),
        async fixture =>
        {
            var person = (await fixture.FindAsync(Reader))!;
            for (var date = new DateOnly(2026, 3, 2); date < new DateOnly(2026, 3, 12); date = date.AddDays(1))
            {
                Assert.Single(await fixture.ServedByAsync(person.Id, date));
            }

            if (await fixture.Cohorts.ExistsAsync(person.Cohort, CancellationToken.None))
            {
                Assert.NotNull(await fixture.Store.GetAsync(Tables.SentStories, person.Cohort.Key, "cluster", CancellationToken.None));
            }
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task An_erasure_that_stops_anywhere_is_finished_or_never_began(bool sqlite) => StopEverywhereAsync(
        sqlite,
        fixture => fixture.SubscribedAsync(Reader),
        fixture => fixture.Erase.ExecuteAsync(SubscriberFixture.Address(Reader), CancellationToken.None),
        async fixture =>
        {
            var person = await fixture.FindAsync(Reader);
            if (person is not null)
            {
                Assert.Equal(SubscriberStatus.Active, person.Status);
                Assert.Equal(
                    EraseOutcome.Erased, await fixture.Erase.ExecuteAsync(SubscriberFixture.Address(Reader), CancellationToken.None));
            }

            await AssertForgottenAsync(fixture);
        });

    internal static async Task AssertForgottenAsync(SubscriberFixture fixture)
    {
        var (person, reason) = await fixture.Find.ExecuteAsync(SubscriberFixture.Address(Reader), CancellationToken.None);
        Assert.Null(person);
        Assert.Equal(Suppression.Erased, reason);
        foreach (var table in new[] { Tables.Subscribers, Tables.Audience, Tables.Changes, Tables.Notices, Tables.Addresses })
        {
            Assert.DoesNotContain(await AllAsync(fixture.Store, table),
                row => row.Properties.Values.Any(value => value is string text && text.Contains('@', StringComparison.Ordinal)));
        }

        Assert.Empty(await AllAsync(fixture.Store, Tables.Changes));
        Assert.DoesNotContain(await AllAsync(fixture.Store, Tables.Subscribers), row => row.Key != ReaderCountRow.Key);
    }

    private static async Task<List<TableRow>> AllAsync(ITableStore store, string table)
    {
        var hex = Enumerable.Range(0, 256).Select(number => number.ToString("x2", System.Globalization.CultureInfo.InvariantCulture));
        var partitions = table switch
        {
            Tables.Changes => ["pending"],
            Tables.Notices => ["2026-03-02"],
            Tables.Audience => AudienceStore.Slices.Select(slice => $"daily_07_Europe.Paris~{slice}"),
            _ => hex,
        };
        var rows = new List<TableRow>();
        foreach (var partition in partitions)
        {
            rows.AddRange(await store.QueryAsync(table, partition, RowRange.All, 1000, CancellationToken.None));
        }

        return rows;
    }

    private static async Task<Admission> AdmitAsync(SubscriberFixture fixture)
    {
        var options = new SignUpOptions { PerNetworkPerHour = 2 };
        var check = new HumanCheck(fixture.Tables, fixture.Links, options, fixture.Time);
        var question = check.Create();
        fixture.Time.Advance(TimeSpan.FromSeconds(5));
        var budget = new SignUpBudget(fixture.Tables, fixture.Time);
        var rush = new SignUpRush(budget, options, fixture.Time, NullLogger<SignUpRush>.Instance);
        return await new AdmitSignUp(check, rush, budget, fixture.SignUp, options, fixture.Time, [],
            NullLogger<AdmitSignUp>.Instance).ExecuteAsync(
            new SignUpRequest(Reader, "page"),
            SignUpProof.Solved(question.Token, $"{question.First + question.Second}", [new NetworkBudget("network")]),
            CancellationToken.None);
    }

    internal static async Task StopEverywhereAsync(
        bool sqlite, Func<SubscriberFixture, Task> before, Func<SubscriberFixture, Task> act, Func<SubscriberFixture, Task> after)
    {
        for (var (write, stopped) = (1, true); stopped; write++)
        {
            foreach (var early in new[] { true, false })
            {
                using var fixture = new SubscriberFixture(sqlite);
                await before(fixture);
                fixture.Plan.Restart();
                (fixture.Plan.StopBefore, fixture.Plan.StopAfter) = (early ? write : null, early ? null : write);
                try
                {
                    await act(fixture);
                }
                catch (ProgramStoppedException)
                {
                }

                stopped = fixture.Plan.Stopped;
                Assert.True(stopped || write > 3, "The plan must strike, or it shows nothing.");
                await fixture.RestartAndFinishAsync();
                await after(fixture);
                await ReaderCountsTests.AssertRightAsync(fixture);
            }
        }
    }
}
