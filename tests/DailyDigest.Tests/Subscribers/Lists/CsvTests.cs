using System.Text;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

public sealed partial class CsvTests : IDisposable
{
    private readonly SubscriberFixture fixture = new();
    private readonly List<RefusedRow> refused = [];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_list_is_taken_over_with_its_choices_and_the_source_of_consent(bool sqlite)
    {
        using var own = new SubscriberFixture(sqlite);
        var report = await own.Import.ExecuteAsync(
            Csv("Email;Zone;Hour;Rhythm;Language;Sections;Consent_at\r\n"
                + "reader@example.com;America/New_York;6;weekdays;ar;News|Sport;2024-05-01T10:00:00Z\r\n"),
            "spring fair", dryRun: false, refused.Add, null, CancellationToken.None);
        Assert.Equal((1, 1, 0, 0, null), (report.Rows, report.Added, report.Undated, report.Refused, report.Fault));
        Assert.Equal([new UnmatchedChoice("section", "News", 1, null)], report.Unmatched);
        var person = (await own.FindAsync("reader@example.com"))!;
        Assert.Equal("weekdays_06_America.New_York", person.Cohort.Key);
        Assert.Equal(["News", "Sport"], person.Sections);
        Assert.Equal(("import: spring fair", 2024), (person.Consent.Source, person.Consent.At!.Value.Year));
        Assert.Equal(["weekdays_06_America.New_York"], await own.ServedByAsync(person.Id, new DateOnly(2026, 3, 3)));
    }

    [Fact]
    public async Task Rows_that_cannot_be_taken_are_told_with_line_and_reason_and_without_the_address()
    {
        var report = await ImportAsync("""
            email,zone,hour,rhythm,consent_at
            good@example.com,,,,
            not an address,,,,
            a@example.com,Mars/Olympus,,,
            b@example.com,,24,,
            c@example.com,,-1,,
            d@example.com,,,hourly,
            e@example.com,,,,yesterday
            f@example.com,,,,2999-01-01
            "g@example.com,"",,,
            h@example.com
            GOOD@example.com,,,,
            "evil@example.com
            Bcc: x@example.com",,,,
            """);
        Assert.Equal((1, 1, 10), (report.Added, report.Repeated, report.Refused));
        Assert.Equal([3, 4, 5, 6, 7, 8, 9, 10, 11, 14], refused.Select(row => row.Line));
        Assert.All(refused, row => Assert.DoesNotContain('@', row.Reason));
    }

    [Fact]
    public async Task A_refusal_names_each_fault_of_the_row_and_letters_that_cannot_be_sent_to()
    {
        await ImportAsync("""
            email,zone,hour,rhythm
            zoë@example.org,Mars/Olympus,24,hourly
            """);

        var reason = Assert.Single(refused).Reason;
        Assert.StartsWith("email: before the at sign is a letter that many mail servers do not take.", reason, StringComparison.Ordinal);
        Assert.EndsWith(
            "zone: not an IANA zone. hour: not 0 to 23. rhythm: not daily, weekdays or weekly-monday and so on.", reason,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quoted_line_break_before_the_status_subscribes_nobody()
    {
        var report = await ImportAsync("""
            email,notes,consent_at,status
            left@example.com,"called
            wants out",2025-01-01,unsubscribed
            cut@example.com
            stays@example.com,,2025-01-01,active
            """);

        Assert.Equal((1, 2), (report.Added, report.Refused));
        Assert.Null(await fixture.FindAsync("left@example.com"));
        Assert.Null(await fixture.FindAsync("cut@example.com"));
        Assert.Equal(
            [new(3, "a value has a line break, so nothing of the row was taken."), new(4, "the row has 1 of 4 cells.")], refused);
    }

    [Fact]
    public async Task A_line_inside_a_quoted_value_is_no_row()
    {
        // The middle line has as many cells as a row.
        var report = await ImportAsync("""
            email,notes,status
            a@example.com,"said
            victim@example.com,hello,active
            ""quoted"" and left",unsubscribed
            b@example.com,"plain, with a comma",active
            c@example.com,unbalanced " mark,active
            d@example.com,"never closed,active
            e@example.com,ok,active
            """);

        Assert.Equal((5, 3, 2), (report.Rows, report.Added, report.Refused));
        Assert.Equal([4, 7], refused.Select(row => row.Line));
        Assert.Null(await fixture.FindAsync("victim@example.com"));
        Assert.Null(await fixture.FindAsync("a@example.com"));
        Assert.NotNull(await fixture.FindAsync("e@example.com"));
    }

    [Fact]
    public async Task A_row_with_more_values_than_columns_is_refused()
    {
        var report = await ImportAsync("email,name,status\na@example.com,Doe, John,active\nb@example.com,Doe,active,\n");
        Assert.Equal((1, 1, "the row has 4 of 3 cells."), (report.Added, report.Refused, Assert.Single(refused).Reason));
    }

    [Fact]
    public async Task An_import_adds_only_subscribed_rows()
    {
        var report = await ImportAsync("""
            email,status
            a@example.com,active
            b@example.com,Subscribed
            c@example.com,
            d@example.com,complained
            e@example.com,unsubscribed
            f@example.com,bounced
            g@example.com,pending
            h@example.com,0
            """);
        Assert.Equal((2, 0, 0, 6), (report.Added, report.Known, report.Refused, report.Inactive));
        Assert.Empty(refused);
        Assert.Null(await fixture.FindAsync("c@example.com"));
        Assert.Null(await fixture.FindAsync("d@example.com"));
    }

    [Fact]
    public async Task One_address_on_a_hundred_rows_taken_side_by_side_is_one_subscriber()
    {
        var rows = Enumerable.Range(0, 100).Select(row => row % 2 == 0 ? "same@example.com" : "SAME@example.com");
        var report = await ImportAsync("email\n" + string.Join('\n', rows));
        Assert.Equal((1, 0, 99, 0), (report.Added, report.Known, report.Repeated, report.Refused));

        var people = new List<Subscriber>();
        await foreach (var person in fixture.Subscribers.ScanAsync(null, CancellationToken.None))
        {
            people.Add(person);
        }

        Assert.Single(people);
    }

    [Fact]
    public async Task An_import_brings_back_no_former_reader_and_pending_ones_must_confirm()
    {
        await fixture.Unsubscribe.ExecuteAsync((await fixture.SubscribedAsync("left@example.com")).Id, CancellationToken.None);
        foreach (var (name, reason) in
            new[] { ("complained", Suppression.Complained), ("bounced", Suppression.Bounced), ("blocked", Suppression.Blocked) })
        {
            await fixture.SubscribedAsync(name + "@example.com");
            await fixture.Suppress.ExecuteAsync(SubscriberFixture.Address(name + "@example.com"), reason, CancellationToken.None);
        }

        await fixture.SubscribedAsync("erased@example.com");
        await fixture.Erase.ExecuteAsync(SubscriberFixture.Address("erased@example.com"), CancellationToken.None);
        await fixture.SubscribedAsync("again@example.com");
        await fixture.Erase.ExecuteAsync(SubscriberFixture.Address("again@example.com"), CancellationToken.None);
        await fixture.SignedUpAsync("again@example.com");
        await fixture.SignedUpAsync("pending@example.com");
        string[] names = ["left", "complained", "bounced", "blocked", "erased", "again", "pending"];

        var report = await ImportAsync("email\n" + string.Join('\n', names.Select(name => name + "@example.com")));
        Assert.Equal((0, 0, 0, names.Length), (report.Added, report.Known, report.Refused, report.LeftOut));
        Assert.Empty(refused);
        foreach (var name in names)
        {
            Assert.True(await fixture.FindAsync(name + "@example.com") is not { } person || !await fixture.IsMailedAsync(person.Id), name);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(150)]
    [InlineData(400)]
    [InlineData(700)]
    [InlineData(900)]
    [InlineData(1200)]
    [InlineData(1240)]
    public async Task An_import_that_stops_goes_on_where_it_was_and_adds_everybody_once(int writes)
    {
        var text = "email\n" + string.Join('\n', Enumerable.Range(0, 450).Select(number => $"reader{number}@example.com"));
        fixture.Plan.StopAfter = writes;
        await Assert.ThrowsAnyAsync<Exception>(() => ImportAsync(text));
        Assert.True(fixture.Plan.Stopped);
        await fixture.RestartAndFinishAsync();
        await foreach (var person in fixture.Subscribers.ScanAsync(SubscriberStatus.Active, null, CancellationToken.None))
        {
            Assert.True(await fixture.IsMailedAsync(person.Id), "An active subscriber gets the digest also if nobody repeats the import.");
        }

        var report = await ImportAsync(text);
        Assert.Equal((450, 450), (report.Rows, report.Added + report.Known));
        for (var number = 0; number < 450; number++)
        {
            Assert.True(await fixture.IsMailedAsync((await fixture.FindAsync($"reader{number}@example.com"))!.Id));
        }

        var again = await ImportAsync(text);
        Assert.Equal(450, again.Resumed);
        Assert.Equal((report.Rows, report.Added, report.Known), (again.Before!.Rows, again.Before.Added, again.Before.Known));
        Assert.Equal(451, (await ExportAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("name,zone\r\na,b")]
    [InlineData("\0\0\0\0")]
    [InlineData("reader@example.com\r\nother@example.com")]
    public async Task A_file_without_an_email_column_is_a_fault(string text)
    {
        var report = await ImportAsync(text);
        Assert.NotNull(report.Fault);
        Assert.Equal(0, report.Rows);
    }

    [Fact]
    public async Task A_line_without_an_end_does_not_eat_the_memory()
    {
        var report = await ImportAsync("email\ngood@example.com\n\"" + new string('a', 300_000) + "\nlate@example.com");
        Assert.Contains("Line 3", report.Fault, StringComparison.Ordinal);
        Assert.Equal(1, report.Added);
    }

    [Fact]
    public async Task An_export_holds_no_formula_and_an_import_reads_it_back()
    {
        await ImportAsync(
            "email,sections\n=1+1@example.com,=cmd|' /C calc'!A0\n+plus@example.com,\n-minus@example.com,\n\"quo'te@example.com\",\"a, "
                + "b\"");
        var text = await ExportAsync();
        foreach (var cell in text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).SelectMany(line => line.Split(',')))
        {
            Assert.DoesNotMatch("^\"?[=+@-]", cell);
        }

        using var other = new SubscriberFixture();
        var report = await other.Import.ExecuteAsync(Csv(text), "move", dryRun: false, refused.Add, null, CancellationToken.None);
        Assert.Equal((4, 0), (report.Added, report.Refused));
        Assert.NotNull(await other.FindAsync("=1+1@example.com"));
        Assert.NotNull(await other.FindAsync("-minus@example.com"));
    }

    [Fact]
    public async Task Languages_of_stories_are_exported_and_read_back_into_reader_and_audience()
    {
        var report = await ImportAsync(
            "email,language,Story languages\na@example.com,en,en;ar\nb@example.com,ar,\nc@example.com,en,not a tag\n");
        Assert.Equal((2, 1), (report.Added, report.Refused));
        var text = await ExportAsync();
        using var other = new SubscriberFixture(sqlite: true);
        await other.Import.ExecuteAsync(Csv(text), "move", dryRun: false, refused.Add, null, CancellationToken.None);
        var both = (await other.FindAsync("a@example.com"))!;
        Assert.Equal(["en", "ar"], both.StoryLanguages);
        Assert.Equal(["en", "ar"], (await other.Audience.GetAsync(both.Cohort, both.Id, CancellationToken.None))!.StoryLanguages);
        Assert.Empty((await other.FindAsync("b@example.com"))!.StoryLanguages);
    }

    public void Dispose() => fixture.Dispose();

    private static MemoryStream Csv(string text) => new(Encoding.UTF8.GetBytes(text));

    private Task<ImportReport> ImportAsync(string text, bool dryRun = false) =>
        fixture.Import.ExecuteAsync(Csv(text), "test", dryRun, refused.Add, null, CancellationToken.None);

    private async Task<string> ExportAsync()
    {
        using var stream = new MemoryStream();
        await fixture.Export.ExecuteAsync(stream, null, CancellationToken.None);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
