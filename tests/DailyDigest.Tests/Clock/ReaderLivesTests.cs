using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;
using NodaTime;

namespace DailyDigest.Tests.Clock;

/// <summary>
/// Readers change zone and hour, leave, return and join at any moment of a week, sometimes in the middle of runs, while the relay defers
/// every fifth message. The sequences are random; the message of a failure contains the seed.
/// </summary>
public sealed class ReaderLivesTests
{
    private static readonly int[] Hours = [0, 3, 7, 12, 18, 23];

    private static readonly string[] ZoneNames =
    [
        DeliveryFixture.Utc, "Pacific/Kiritimati", "Asia/Tokyo", "Asia/Kolkata", "Europe/Paris", "America/New_York", "America/Nuuk",
        "Australia/Lord_Howe",
        "Pacific/Pago_Pago",
    ];

    /// <summary>
    /// Clocks change on these days in New York, on Lord Howe, and in Paris and Nuuk. The normal run uses only the last. Some seeds are
    /// fixed.
    /// </summary>
    [Fact]
    public async Task Random_readers_get_each_of_their_dates_exactly_once()
    {
        DateTimeOffset[] starts = Environment.GetEnvironmentVariable("DAILYDIGEST_LONG") == "1"
            ? [Utc(2026, 3, 6), Utc(2026, 10, 2), Utc(2026, 10, 23), Utc(2026, 3, 27), Utc(2026, 3, 6), Utc(2026, 10, 2), Utc(2026, 10, 23)]
            : [];
        List<(int Seed, DateTimeOffset Start)> all =
            [(2, Utc(2026, 3, 27)), (275562374, Utc(2026, 10, 23)), (1737568270, Utc(2026, 10, 23)), (421934499, Utc(2026, 10, 23)),
                (495892805, Utc(2026, 3, 6)), (430330360, Utc(2026, 3, 27)), .. starts.Select(start => (Random.Shared.Next(), start))];
        var (changes, amid, received) = (0, 0, 0);
        foreach (var (seed, start) in all)
        {
            var life = new Lives(seed, start);
            await life.GoAsync(days: 3);
            Assert.True(life.Faults.Count == 0, $"seed {seed} from {start}: {string.Join(Environment.NewLine, life.Faults.Take(20))}");
            (changes, amid, received) = (changes + life.Changes, amid + life.Amid, received + life.Received);
        }

        // An average: about one seed in fifty has fewer changes during runs.
        Assert.InRange(changes / all.Count, 50, int.MaxValue);
        Assert.InRange(amid / all.Count, 5, int.MaxValue);
        Assert.InRange(received / all.Count, 25, int.MaxValue);

        static DateTimeOffset Utc(int year, int month, int day) => new(year, month, day, 0, 0, 0, TimeSpan.Zero);
    }

    private sealed class Lives
    {
        // One message at a time, so that a seed means the same each time.
        private readonly DeliveryFixture fixture = new(("Delivery:Connections", "1"));
        private readonly Random random;
        private readonly List<Reader> readers = [];

        public Lives(int seed, DateTimeOffset start)
        {
            random = new Random(seed);
            fixture.Time.SetUtcNow(start);
            fixture.Relay.Answer = AnswerAsync;
        }

        public List<string> Faults { get; } = [];

        public int Changes { get; private set; }

        /// <summary>Changes in the middle of a run.</summary>
        public int Amid { get; private set; }

        public int Received => fixture.Relay.Inbox.Count;

        private DateTimeOffset Now => fixture.Time.GetUtcNow();

        public async Task GoAsync(int days)
        {
            for (var i = 0; i < 14; i++)
            {
                // Every second one never leaves: their dates must follow each other without a gap.
                readers.Add(
                    new Reader(await fixture.SubscribeAsync(ZoneNames[random.Next(ZoneNames.Length)], Hours[random.Next(Hours.Length)]),
                        Stays: i % 2 == 0));
            }

            for (var end = Now.AddDays(days); Now < end; fixture.Advance(TimeSpan.FromMinutes(30)))
            {
                if (Now.Minute == 0)
                {
                    await fixture.PublishAsync();
                }

                await fixture.Program.TickAsync();
                await OweAsync();
                foreach (var reader in readers.Where(_ => random.Next(24) == 0))
                {
                    // After the tick: runs that it began are open and not delivered.
                    await LiveAsync(reader);
                }

                await DeliverAsync();
            }

            // Deferred messages are sent within a few hours. No run that counts begins in that time.
            for (var i = 0; i < 20; i++, fixture.Advance(TimeSpan.FromMinutes(30)))
            {
                await fixture.PublishAsync();
                await fixture.Program.TickAsync();
                await DeliverAsync();
            }

            foreach (var reader in readers)
            {
                await CheckAsync(reader);
            }
        }

        private async Task DeliverAsync()
        {
            while (await fixture.Queues.ReceiveAsync(Queues.Deliver, 1, TimeSpan.FromMinutes(5), DeliveryFixture.Cancellation) is [
                var hint])
            {
                await fixture.Program.Get<DeliverPart>().ExecuteAsync(hint.Body, DeliveryFixture.Cancellation);
                await fixture.Queues.CompleteAsync(hint, DeliveryFixture.Cancellation);
            }
        }

        /// <summary>A reader in the audience of a run when it begins must get that date.</summary>
        private async Task OweAsync()
        {
            var people = await Task.WhenAll(readers.Select(async reader => (Reader: reader, Person: await PersonAsync(reader))));
            foreach (var run in (await fixture.Program.Get<RunStore>().ListOpenAsync(Now, DeliveryFixture.Cancellation))
                .Where(run => run.Started == Now))
            {
                foreach (var (reader, person) in people)
                {
                    if (person.Placements.Any(
                        placement => placement.Cohort.Key == run.Cohort && !placement.Removed && placement.Covers(run.Date))
                        && !reader.GivenUp.Contains(run.Date))
                    {
                        reader.Owed.Add(run.Date);
                    }
                }
            }
        }

        private async Task LiveAsync(Reader reader)
        {
            Changes++;
            var person = await PersonAsync(reader);
            if (person.Status != SubscriberStatus.Active)
            {
                if (random.Next(3) > 0)
                {
                    await JoinAsync(reader, person);
                }

                return;
            }

            if (!reader.Stays && random.Next(2) == 0)
            {
                await LeaveAsync(reader);
                if (random.Next(4) > 0)
                {
                    await JoinAsync(reader, await PersonAsync(reader), same: random.Next(4) > 0);
                }

                return;
            }

            var (zone, hour) = random.Next(3) == 0
                ? (person.Zone, SoonHour(person.Zone)) : (ZoneNames[random.Next(ZoneNames.Length)], Hours[random.Next(Hours.Length)]);
            await NoteAsync(reader, person, new Cohort(zone, hour, Rhythm.Daily));
            await fixture.Program.Get<ChangePreferences>()
                .ExecuteAsync(reader.Id, new Preferences(zone, hour, null, null), DeliveryFixture.Cancellation);
        }

        private async Task LeaveAsync(Reader reader)
        {
            await fixture.Program.Get<Unsubscribe>().ExecuteAsync(reader.Id, DeliveryFixture.Cancellation);
            reader.Left = Now;

            // This may lose a digest that is owed and not delivered yet, and nothing else.
            foreach (var date in reader.Owed.ToList())
            {
                var row = await RowAsync(reader, date);
                if (row?.State != DeliveryState.Sent)
                {
                    reader.Owed.Remove(date);
                }

                if (row?.State is DeliveryState.Withheld or DeliveryState.Attempting)
                {
                    // Withheld now, or when the attempt is deferred. The single ledger row of that date keeps this state: a later run of
                    // another cohort does not owe the date again.
                    reader.GivenUp.Add(date);
                }
            }
        }

        private async Task JoinAsync(Reader reader, Subscriber person, bool same = false)
        {
            var cohort = same
                ? person.Cohort : new Cohort(ZoneNames[random.Next(ZoneNames.Length)], SoonHour(DeliveryFixture.Utc), Rhythm.Daily);
            await NoteAsync(reader, person, cohort);
            await fixture.Program.Get<ChangeSubscriber>().ExecuteAsync(
                reader.Id,
                before => before! with { Status = SubscriberStatus.Active, Ended = null, Zone = cohort.Zone, Hour = cohort.Hour },
                DeliveryFixture.Cancellation);
            reader.Left = null;
        }

        /// <summary>A reader who joins a cohort after its run began is not in that run's audience.</summary>
        private async Task NoteAsync(Reader reader, Subscriber person, Cohort cohort)
        {
            var today = Zones.LocalDate(cohort.Zone, Now);
            var row = await RowAsync(reader, today);
            var there = person.Placements.Any(placement => !placement.Removed && placement.Cohort == cohort && placement.Covers(today));
            if (!there && row?.State != DeliveryState.Sent && await fixture.RunOfAsync(today, cohort.Key) is not null)
            {
                // A reader who left and returned while the message was being sent may get it, but no retry of it: a message that is
                // attempting is not stopped.
                reader.Joined.Add((today, cohort.Key, OnTheWire: row?.State == DeliveryState.Attempting ? Now : null));
            }
        }

        private int SoonHour(string zone) => (Now.AddHours(random.Next(-1, 3)) + Offset(zone)).Hour;

        private TimeSpan Offset(string zone) => DateTimeZoneProviders.Tzdb[zone].GetUtcOffset(Instant.FromDateTimeOffset(Now)).ToTimeSpan();

        /// <summary>The relay defers one message in five. Sometimes a reader acts while a message is being sent.</summary>
        private async Task<SendResult> AnswerAsync(DigestMail mail, CancellationToken cancellationToken)
        {
            var to = readers.Single(reader => DeliveryFixture.Address(reader.Id) == mail.To.Value);
            if (to.Left is { } left && left < Now)
            {
                Faults.Add($"{to.Id} left at {left:dd HH:mm} and was sent to at {Now:dd HH:mm}");
            }

            if (random.Next(6) == 0)
            {
                Amid++;
                await LiveAsync(readers[random.Next(readers.Count)]);
            }

            return random.Next(5) == 0 ? ScriptedRelay.Later : ScriptedRelay.Ok;
        }

        private async Task CheckAsync(Reader reader)
        {
            var dates = fixture.Relay.Inbox.Where(seen => seen.To == DeliveryFixture.Address(reader.Id)).Select(Date).ToList();
            Faults.AddRange(dates.GroupBy(date => date).Where(group => group.Count() > 1)
                .Select(group => $"{reader.Id} got {group.Key} {group.Count()} times"));
            Faults.AddRange(reader.Owed.Distinct().Except(dates).Select(date => $"{reader.Id} was owed {date} and did not get it"));
            foreach (var (date, cohort, onTheWire) in reader.Joined)
            {
                var sent = fixture.Relay.Inbox.LastOrDefault(seen => seen.To == DeliveryFixture.Address(reader.Id) && Date(seen) == date);
                if (sent is not null && sent.At != onTheWire && (await RowAsync(reader, date))?.Cohort == cohort
                    && !reader.Owed.Contains(date))
                {
                    Faults.Add($"{reader.Id} joined a run of {date} that had begun");
                }
            }

            // The ledger of a small cohort's run is read by its audience.
            foreach (var row in fixture.Tables.Everything.Where(one => one.Table == Tables.Ledger && one.Row.Key == reader.Id)
                .Select(one => DeliveryRow.Read(one.Row)!))
            {
                var known = Cohort.TryParse(row.Cohort, out var cohort)
                    && await new AudienceStore(fixture.Tables).GetAsync(cohort, reader.Id, DeliveryFixture.Cancellation) is not null;
                Faults.AddRange(known ? [] : [$"{reader.Id} has a delivery of {row.Cohort} and never stood in its audience"]);
            }

            var sorted = dates.Order().ToList();
            if (reader.Stays)
            {
                var person = await PersonAsync(reader);
                for (var date = sorted.FirstOrDefault(); date < sorted.LastOrDefault(); date = date.AddDays(1))
                {
                    if (!sorted.Contains(date) && !IsToCome(person, date))
                    {
                        Faults.Add($"{reader.Id} has a gap at {date}");
                    }
                }

                var today = Zones.LocalDate(person.Zone, Now);
                if (sorted.Count == 0 || (sorted[^1] < today.AddDays(-2) && !IsToCome(person, sorted[^1].AddDays(1))))
                {
                    Faults.Add($"{reader.Id} got nothing since {sorted.LastOrDefault()}");
                }
            }
        }

        // A date of a cohort far in the west may still be due after the next date of a cohort in the east.
        private bool IsToCome(Subscriber person, DateOnly date) =>
            person.Placements.Any(placement => !placement.Removed && placement.Covers(date) && placement.Cohort.DueAt(date) >= Now);

        private async Task<DeliveryRow?> RowAsync(Reader reader, DateOnly date) =>
            await fixture.Tables.GetAsync(Tables.Ledger, Part.LedgerPartition(date, Part.Whole), reader.Id,
                DeliveryFixture.Cancellation) is { } row ? DeliveryRow.Read(row) : null;

        private static DateOnly Date(Seen seen) => DateOnly.ParseExact(seen.MessageId[..8], "yyyyMMdd", CultureInfo.InvariantCulture);

        private async Task<Subscriber> PersonAsync(Reader reader) =>
            (await fixture.Program.Get<SubscriberStore>().GetAsync(reader.Id, DeliveryFixture.Cancellation))!.Subscriber;
    }

    /// <param name="Id">The subscriber.</param>
    /// <param name="Stays">True for a reader who never leaves.</param>
    private sealed record Reader(string Id, bool Stays)
    {
        /// <summary>Dates of runs that began while the reader was in their audience.</summary>
        public List<DateOnly> Owed { get; } = [];

        /// <summary>Dates whose digest was withheld, or was being sent for the last time, because the reader left.</summary>
        public HashSet<DateOnly> GivenUp { get; } = [];

        /// <summary>
        /// Runs that had begun when the reader joined their cohort, with the time if the reader's own message was being sent just then.
        /// </summary>
        public List<(DateOnly Date, string Cohort, DateTimeOffset? OnTheWire)> Joined { get; } = [];

        /// <summary>When the page showed "you are unsubscribed"; null while subscribed.</summary>
        public DateTimeOffset? Left { get; set; }
    }
}
