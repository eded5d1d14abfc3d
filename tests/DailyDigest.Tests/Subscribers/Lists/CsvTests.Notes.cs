using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

/// <summary>An import reports more than counts: dates of consent, values that are not offered, a bad first line.</summary>
public sealed partial class CsvTests
{
    [Fact]
    public async Task A_row_without_a_date_has_a_consent_of_unknown_date()
    {
        var report = await ImportAsync("email,created_at\nada@example.com,2024-05-01\nben@example.com,\n");
        Assert.Equal((2, 1, "created_at"), (report.Added, report.Undated, report.DateColumn));
        var ada = (await fixture.FindAsync("ada@example.com"))!;
        Assert.Equal(new DateTimeOffset(2024, 5, 1, 0, 0, 0, TimeSpan.Zero), ada.Consent.At);
        var ben = (await fixture.FindAsync("ben@example.com"))!;
        Assert.Equal((null, null, "import: test"), (ben.Consent.At, ben.Confirmed, ben.Consent.Source));

        var data = (await fixture.Collect.ExecuteAsync(ben.Id, CancellationToken.None))!;
        Assert.Null(Assert.Single(data.Consents).At);
        Assert.DoesNotContain("2026-03-02T10:00:00Z,import: test", await ExportAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_import_of_unknown_date_can_leave_by_mistake_and_come_back()
    {
        await ImportAsync("email\nada@example.com\n");
        var ada = (await fixture.FindAsync("ada@example.com"))!;
        await fixture.Unsubscribe.ExecuteAsync(ada.Id, CancellationToken.None);
        Assert.True(await fixture.Resubscribe.ExecuteAsync(ada.Id, CancellationToken.None));
    }

    [Fact]
    public async Task A_consent_that_an_earlier_version_dated_by_its_import_is_unknown()
    {
        var now = fixture.Time.GetUtcNow();
        var old = new Subscriber
        {
            Id = SubscriberStore.NewId(),
            Address = "old@example.com",
            Status = SubscriberStatus.Active,
            Zone = "Europe/Paris",
            Hour = 7,
            Language = "en",
            Consent = new Consent(now, "import: list", "import", "en", null),
            Created = now,
            Confirmed = now,
        };
        var dated = old with
        {
            Id = SubscriberStore.NewId(),
            Consent = old.Consent with { At = now.AddDays(-9) },
            Confirmed = now.AddDays(-9),
        };
        var page = old with { Id = SubscriberStore.NewId(), Consent = old.Consent with { Source = "page" } };
        foreach (var person in new[] { old, dated, page })
        {
            Assert.True(await fixture.Subscribers.InsertAsync(person, CancellationToken.None));
        }

        Assert.Equal((null, null), await DatesAsync(old));
        Assert.Equal((now.AddDays(-9), now.AddDays(-9)), await DatesAsync(dated));
        Assert.Equal((now, now), await DatesAsync(page));

        async Task<(DateTimeOffset?, DateTimeOffset?)> DatesAsync(Subscriber person) =>
            (await fixture.Subscribers.GetAsync(person.Id, CancellationToken.None))!.Subscriber is var read
                ? (read.Consent.At, read.Confirmed) : default;
    }

    [Fact]
    public async Task A_row_whose_day_and_month_could_be_swapped_is_refused_with_both_readings()
    {
        var report = await ImportAsync("email,Signup Date\na@example.com,02/03/2025\nb@example.com,13/02/2025\n");
        Assert.Equal((1, 1), (report.Added, report.Refused));
        Assert.Equal(
            "Signup Date: day and month could be swapped; write 2025-02-03 or 2025-03-02, or say which with --dates.",
            Assert.Single(refused).Reason);
    }

    [Fact]
    public async Task Values_that_no_setting_offers_are_counted_and_named()
    {
        var report = await ImportAsync("""
            email,language,sections,zone
            a@example.com,en-GB,sport,Europe/Stockholm
            b@example.com,fr,Opera,Asia/Calcutta
            c@example.com,FR,Opera;City,Europe/Paris
            d@example.com,fr,,
            """);
        Assert.Equal(
            [
                new UnmatchedChoice("language", "fr", 2, "en"), new("section", "Opera", 2, null), new("language", "FR", 1, "en"),
                new("zone", "Asia/Calcutta", 1, "Asia/Kolkata"),
            ],
            report.Unmatched);
        var stored = await new FindUnmatched(fixture.Subscribers, fixture.Publication).ExecuteAsync(CancellationToken.None);
        Assert.Equal([new UnmatchedChoice("section", "Opera", 2, null), new("zone", "Asia/Calcutta", 1, "Asia/Kolkata")], stored);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_renamed_section_is_renamed_for_every_reader_and_in_the_audience(bool sqlite)
    {
        using var own = new SubscriberFixture(sqlite);
        await own.Import.ExecuteAsync(
            Csv("email,sections\na@example.com,opera;City\nb@example.com,Opera;Sport\nc@example.com,Harbour\n"), "test", dryRun: false,
            refused.Add, null, CancellationToken.None);
        var left = (await own.FindAsync("b@example.com"))!;
        await own.Unsubscribe.ExecuteAsync(left.Id, CancellationToken.None);

        var rename = new RenameSection(own.Subscribers, own.Change);
        Assert.Equal(2, await rename.ExecuteAsync("Opera", "Sport", CancellationToken.None));
        Assert.Equal(0, await rename.ExecuteAsync("Opera", "Sport", CancellationToken.None));
        var ada = (await own.FindAsync("a@example.com"))!;
        Assert.Equal(["Sport", "City"], ada.Sections);
        Assert.Equal(["Sport", "City"], (await own.Audience.GetAsync(ada.Cohort, ada.Id, CancellationToken.None))!.Sections);
        Assert.Equal(["Sport"], (await own.FindAsync("b@example.com"))!.Sections);
    }

    [Fact]
    public async Task A_dry_run_tells_what_would_happen_and_writes_nothing()
    {
        await fixture.SubscribedAsync("known@example.com");
        await fixture.Unsubscribe.ExecuteAsync((await fixture.SubscribedAsync("left@example.com")).Id, CancellationToken.None);
        const string Text = "email,hour,status\nknown@example.com,,active\nleft@example.com,,active\nnew@example.com,6,active\n"
            + "NEW@example.com,9,active\nbad,,active\nc@d.org,,gone\n";
        var writes = fixture.Plan.Writes;
        var dry = await ImportAsync(Text, dryRun: true);
        Assert.Equal(writes, fixture.Plan.Writes);
        var real = await ImportAsync(Text);
        foreach (var report in new[] { dry, real })
        {
            Assert.Equal((6, 1, 1, 1), (report.Rows, report.Added, report.Known, report.Repeated));
            Assert.Equal((1, 1, 1, 1), (report.Refused, report.Inactive, report.LeftOut, report.Undated));
        }

        Assert.Equal(6, (await fixture.FindAsync("new@example.com"))!.Hour);
    }

    [Theory]
    [InlineData("E-Mail Address")]
    [InlineData("e_mail")]
    [InlineData("Mail")]
    [InlineData("EMAIL ADDRESS")]
    public async Task The_column_of_addresses_may_have_another_common_name(string column)
    {
        Assert.Equal(1, (await ImportAsync($"Name,{column}\nAda,ada@example.com\n")).Added);
        Assert.NotNull(await fixture.FindAsync("ada@example.com"));
    }

    [Theory]
    [InlineData("name,zone\na,b", "Line 1 names no column email, but: name, zone. Expected: ")]
    [InlineData("reader@example.com,x\n", "Line 1 has an address, so it seems to be a row. Expected: ")]
    [InlineData("", "Line 1 names no column. Expected: ")]
    public async Task A_bad_first_line_says_what_was_found_and_what_was_expected(string text, string beginning)
    {
        var fault = (await ImportAsync(text)).Fault;
        Assert.StartsWith(beginning, fault, StringComparison.Ordinal);
        Assert.DoesNotContain('@', fault!);
    }

    [Fact]
    public async Task A_large_import_writes_in_batches_and_a_second_one_only_reads()
    {
        const int Rows = 20_000;
        var text = "email\n" + string.Join('\n', Enumerable.Range(0, Rows).Select(number => $"reader{number}@example.com"));
        Assert.Equal(Rows, (await ImportAsync(text)).Added);

        // Four steps in 256 partitions, the audience and the pending changes; one by one it was seven writes a row.
        Assert.InRange(fixture.Plan.Writes, 1, Rows / 10);
        var before = fixture.Plan.Writes;
        Assert.Equal(Rows, (await ImportAsync(text + "\n")).Known);
        Assert.InRange(fixture.Plan.Writes - before, 1, 5);
    }

    [Fact]
    public async Task A_sign_up_during_an_import_leaves_one_subscriber_per_address()
    {
        for (var write = 1; write < 12; write++)
        {
            using var own = new SubscriberFixture();
            var (at, busy) = (write, false);
            own.Plan.Before = async call =>
            {
                if (call.Writes && own.Plan.Writes == at && !busy)
                {
                    busy = true;
                    await own.SignUp.ExecuteAsync(new("a@example.com", "page"), CancellationToken.None);
                }
            };
            await own.Import.ExecuteAsync(
                Csv("email\na@example.com\nb@example.com\n"), "test", dryRun: false, refused.Add, null, CancellationToken.None);
            own.Plan.Before = null;
            Assert.True(busy);
            var people = new List<Subscriber>();
            await foreach (var person in own.Subscribers.ScanAsync(null, CancellationToken.None))
            {
                people.Add(person);
            }

            Assert.Equal(["a@example.com", "b@example.com"], people.Select(person => person.Address).Order());
            Assert.True(await own.IsMailedAsync((await own.FindAsync("b@example.com"))!.Id));
        }
    }
}
