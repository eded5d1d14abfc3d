using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace DailyDigest.Tests.Subscribers;

/// <summary>Every use case is stopped before and after each of its writes, on both stores, and the tick finishes what was left.</summary>
public sealed class StoppedTests
{
    private const string Reader = "reader@example.com";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_sign_up_that_stops_anywhere_subscribes_nobody_and_works_the_next_time(bool sqlite) => StopEverywhereAsync(
        sqlite,
        _ => Task.CompletedTask,
        house => house.SignUp.ExecuteAsync(new SignUpRequest(Reader, "page"), CancellationToken.None),
        async house =>
        {
            var person = await house.SignedUpAsync(Reader);
            Assert.Equal(SubscriberStatus.Pending, person.Status);
            Assert.False(await house.IsMailedAsync(person.Id));
            await house.SendNotices.ExecuteAsync(CancellationToken.None);
            Assert.Single(house.Box.Letters);
            Assert.Equal(ConfirmOutcome.Active, await house.Confirm.ExecuteAsync(person.Id, CancellationToken.None));
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_sign_up_that_stops_anywhere_at_the_door_subscribes_nobody_and_another_question_lets_the_person_in(bool sqlite) => StopEverywhereAsync(
        sqlite,
        _ => Task.CompletedTask,
        AdmitAsync,
        async house =>
        {
            Assert.Equal(AdmitOutcome.Accepted, (await AdmitAsync(house)).Outcome);
            var person = (await house.FindAsync(Reader))!;
            Assert.Equal(SubscriberStatus.Pending, person.Status);
            Assert.False(await house.IsMailedAsync(person.Id));
            await house.SendNotices.ExecuteAsync(CancellationToken.None);
            Assert.Single(house.Box.Letters);
            Assert.Equal(ConfirmOutcome.Active, await house.Confirm.ExecuteAsync(person.Id, CancellationToken.None));
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_confirmation_that_stops_anywhere_is_done_or_not_and_can_be_repeated(bool sqlite) => StopEverywhereAsync(
        sqlite,
        house => house.SignedUpAsync(Reader),
        async house => await house.Confirm.ExecuteAsync((await house.FindAsync(Reader))!.Id, CancellationToken.None),
        async house =>
        {
            var person = (await house.FindAsync(Reader))!;
            Assert.Equal(person.Status == SubscriberStatus.Active, await house.IsMailedAsync(person.Id));
            Assert.Equal(ConfirmOutcome.Active, await house.Confirm.ExecuteAsync(person.Id, CancellationToken.None));
            Assert.Single(await house.ServedByAsync(person.Id, new DateOnly(2026, 3, 3)));
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task An_unsubscribe_that_stops_anywhere_is_done_or_not_and_can_be_repeated(bool sqlite) => StopEverywhereAsync(
        sqlite,
        house => house.SubscribedAsync(Reader),
        async house => await house.Unsubscribe.ExecuteAsync((await house.FindAsync(Reader))!.Id, CancellationToken.None),
        async house =>
        {
            var person = (await house.FindAsync(Reader))!;
            Assert.Equal(person.Status == SubscriberStatus.Active, await house.IsMailedAsync(person.Id));
            await house.Unsubscribe.ExecuteAsync(person.Id, CancellationToken.None);
            Assert.False(await house.IsMailedAsync(person.Id));
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_change_of_hour_that_stops_anywhere_leaves_each_date_to_one_cohort(bool sqlite) => StopEverywhereAsync(
        sqlite,
        async house =>
        {
            var person = await house.SubscribedAsync(Reader);
            await house.Store.WriteAsync(
                Tables.SentStories, person.Cohort.Key, TableWrite.Insert(new TableRow("cluster") { { "date", "2026-03-01" } }), CancellationToken.None);
        },
        async house => await house.ChangePreferences.ExecuteAsync(
            (await house.FindAsync(Reader))!.Id, new Preferences("Asia/Tokyo", 20, "daily", "ar"), CancellationToken.None),
        async house =>
        {
            var person = (await house.FindAsync(Reader))!;
            for (var date = new DateOnly(2026, 3, 2); date < new DateOnly(2026, 3, 12); date = date.AddDays(1))
            {
                Assert.Single(await house.ServedByAsync(person.Id, date));
            }

            if (await house.Cohorts.ExistsAsync(person.Cohort, CancellationToken.None))
            {
                Assert.NotNull(await house.Store.GetAsync(Tables.SentStories, person.Cohort.Key, "cluster", CancellationToken.None));
            }
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task An_erasure_that_stops_anywhere_is_finished_or_never_began(bool sqlite) => StopEverywhereAsync(
        sqlite,
        house => house.SubscribedAsync(Reader),
        house => house.Erase.ExecuteAsync(House.Address(Reader), CancellationToken.None),
        async house =>
        {
            var person = await house.FindAsync(Reader);
            if (person is not null)
            {
                Assert.Equal(SubscriberStatus.Active, person.Status);
                Assert.Equal(EraseOutcome.Erased, await house.Erase.ExecuteAsync(House.Address(Reader), CancellationToken.None));
            }

            await AssertForgottenAsync(house);
        });

    internal static async Task AssertForgottenAsync(House house)
    {
        var (person, reason) = await house.Find.ExecuteAsync(House.Address(Reader), CancellationToken.None);
        Assert.Null(person);
        Assert.Equal(Suppression.Erased, reason);
        foreach (var table in new[] { Tables.Subscribers, Tables.Audience, Tables.Changes, Tables.Notices, Tables.Addresses })
        {
            Assert.DoesNotContain(await AllAsync(house.Store, table), row => row.Properties.Values.Any(value => value is string text && text.Contains('@', StringComparison.Ordinal)));
        }

        Assert.Empty(await AllAsync(house.Store, Tables.Changes));
        Assert.Empty(await AllAsync(house.Store, Tables.Subscribers));
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

    private static async Task<Admission> AdmitAsync(House house)
    {
        var options = new SignUpOptions { PerNetworkPerHour = 2 };
        var check = new HumanCheck(house.Tables, house.Links, options, house.Time);
        var question = check.Create();
        house.Time.Advance(TimeSpan.FromSeconds(5));
        return await new AdmitSignUp(check, new SignUpBudget(house.Tables, house.Time), house.SignUp, options, house.Time, NullLogger<AdmitSignUp>.Instance).ExecuteAsync(
            new SignUpRequest(Reader, "page"), SignUpProof.Solved(question.Token, $"{question.First + question.Second}", "network"), CancellationToken.None);
    }

    internal static async Task StopEverywhereAsync(bool sqlite, Func<House, Task> before, Func<House, Task> act, Func<House, Task> after)
    {
        for (var (write, stopped) = (1, true); stopped; write++)
        {
            foreach (var early in new[] { true, false })
            {
                using var house = new House(sqlite);
                await before(house);
                house.Plan.Restart();
                (house.Plan.StopBefore, house.Plan.StopAfter) = (early ? write : null, early ? null : write);
                try
                {
                    await act(house);
                }
                catch (ProgramStoppedException)
                {
                }

                stopped = house.Plan.Stopped;
                Assert.True(stopped || write > 3, "The plan must strike, or it shows nothing.");
                await house.RestartAndFinishAsync();
                await after(house);
            }
        }
    }
}
