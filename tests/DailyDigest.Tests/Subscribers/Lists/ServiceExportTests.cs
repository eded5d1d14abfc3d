using System.Text;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

/// <summary>Exports of mailing services, as files of invented people.</summary>
public sealed class ServiceExportTests : IDisposable
{
    private static readonly DateTimeOffset Consented = new(2024, 5, 2, 9, 20, 31, TimeSpan.Zero);

    private readonly SubscriberFixture fixture = new();
    private readonly List<RefusedRow> refused = [];

    public static TheoryData<string, string, int, string> Files => new()
    {
        { "mailchimp-subscribed.csv", "Mailchimp", 3, "" },
        { "mailchimp-unsubscribed.csv", "Mailchimp", 0, "UNSUB_REASON=:1+ UNSUB_TIME=:2+" },
        { "mailchimp-cleaned.csv", "Mailchimp", 0, "CLEAN_TIME=:2+" },
        { "substack.csv", "Substack", 2, "email_disabled=:2+" },
        { "ghost.csv", "Ghost", 2, "deleted_at=:1+ subscribed_to_emails=false:1+" },
        { "listmonk.csv", "listmonk", 2, "status=blocklisted:1+ status=disabled:1+ status=snoozed:1?" },
        {
            "buttondown.csv", "Buttondown", 2,
            "subscriber_type=complained:1+ subscriber_type=unactivated:1+ subscriber_type=undeliverable:1+ subscriber_type=unsubscribed:1+"
        },
        {
            "mailpoet.csv", "MailPoet", 2,
            "=:1+ Global status=bounced:1+ Global status=inactive:1+ Global status=unsubscribed:1+ "
                + "List status=unconfirmed:1+ List status=unsubscribed:1+"
        },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public async Task An_export_is_recognised_and_who_is_not_subscribed_is_left_out_by_state(
        string file, string service, int added, string states)
    {
        var text = Read(file);
        var rows = text.Count(one => one == '\n') - 1;
        foreach (var variant in new[]
        {
            text, '\uFEFF' + text.Replace("\n", "\r\n", StringComparison.Ordinal), Header(text, line => line.ToUpperInvariant()),
            Header(text, line => string.Join(',', line.Split(',').Select(name => name.Contains('"', StringComparison.Ordinal)
                ? name : $"\" {name} \""))),
            Header(text, line => line.Replace('_', ' ').ToLowerInvariant()),
        })
        {
            using var own = new SubscriberFixture();
            var report = await own.Import.ExecuteAsync(
                Csv(variant), "move", dryRun: false, refused.Add, null, TestContext.Current.CancellationToken);
            Assert.Equal((null, service, rows, added), (report.Fault, report.Service, report.Rows, report.Added));
            Assert.Equal((rows - added, 0, 0), (report.Inactive, report.Refused, report.Undated));
            Assert.Equal(added == 0, report.IsOfDepartures);
            if (added > 0)
            {
                Assert.Equal(Consented, Seconds((await own.FindAsync("amira@example.com"))!.Consent.At!.Value));
                Assert.NotNull(await own.FindAsync("bela@example.com"));
            }

            foreach (var left in new[] { "dora", "emil", "fay", "gil", "hana" })
            {
                Assert.Null(await own.FindAsync(left + "@example.com"));
            }

            if (variant == text)
            {
                Assert.Equal(states, string.Join(' ', report.States.Select(Words).Order(StringComparer.Ordinal)));
            }
        }
    }

    [Theory]
    [InlineData("mailchimp-subscribed.csv", "Europe/Paris", "Sport", "tag:vip")]
    [InlineData("ghost.csv", "Europe/Paris", "Sport", "tag:vip")]
    [InlineData("buttondown.csv", "Europe/Paris", "Sport", "tag:vip")]
    [InlineData("mailpoet.csv", "Europe/Paris", "Sport", "tag:Not In Segment")]
    [InlineData("listmonk.csv", "Europe/Paris", "", "")]
    [InlineData("substack.csv", "Europe/Paris", "", "")]
    public async Task Tags_with_the_name_of_a_section_become_it_and_others_are_named(
        string file, string zone, string section, string unmatched)
    {
        var report = await ImportAsync(Read(file));
        var amira = (await fixture.FindAsync("amira@example.com"))!;
        Assert.Equal((zone, section), (amira.Zone, string.Join(',', amira.Sections)));
        Assert.Equal(unmatched, string.Join(',', report.Unmatched.Select(one => $"{one.Kind}:{one.Value}")));
    }

    [Fact]
    public async Task Mailchimp_gives_zones_and_the_first_date_of_consent_that_a_row_has()
    {
        var report = await ImportAsync(Read("mailchimp-subscribed.csv"));
        Assert.Equal("CONFIRM_TIME, OPTIN_TIME", report.DateColumn);
        Assert.Equal([ListNote.OffsetsAreNoZones], report.Notes);
        Assert.Equal("America/New_York", (await fixture.FindAsync("chen@example.com"))!.Zone);
        Assert.Equal(["Harbour"], (await fixture.FindAsync("chen@example.com"))!.Sections);
        var bela = (await fixture.FindAsync("bela@example.com"))!;
        Assert.Equal((new DateTimeOffset(2023, 1, 7, 18, 0, 0, TimeSpan.Zero), "Europe/Paris"), (bela.Consent.At, bela.Zone));
    }

    [Fact]
    public async Task A_reader_with_a_row_for_each_list_gets_the_sections_of_all()
    {
        var report = await ImportAsync(
            "Email,Global status,List status,List\na@example.com,subscribed,subscribed,Daily\n"
                + "A@example.com,subscribed,subscribed,sport\na@example.com,subscribed,subscribed,Harbour\n"
                + "b@example.com,subscribed,subscribed,City\nb@example.com,subscribed,unsubscribed,Sport\n");
        Assert.Equal((1, 2, 2), (report.Added, report.Repeated, report.Inactive));
        Assert.Equal(["Harbour", "Sport"], (await fixture.FindAsync("a@example.com"))!.Sections);
        Assert.Contains(ListNote.RowForEachList, report.Notes);
        Assert.Null(await fixture.FindAsync("b@example.com"));
    }

    [Fact]
    public async Task A_trial_says_what_each_column_is_read_as()
    {
        var report = await ImportAsync(Read("ghost.csv"), dryRun: true);
        Assert.Equal(
            "email:Email subscribed_to_emails:State created_at:ConsentDate deleted_at:State labels:Sections",
            string.Join(' ', report.Columns.Where(column => column.Meaning != ColumnMeaning.NotUsed)
                .Select(column => $"{column.Name}:{column.Meaning}")));
        Assert.Equal(12, report.Columns.Count);
        Assert.Null(await fixture.FindAsync("amira@example.com"));
    }

    [Fact]
    public async Task A_column_of_the_publisher_is_read_by_its_name_beside_those_of_the_service()
    {
        var report = await ImportAsync(Header(Read("ghost.csv"), line => line + ",Bounced twice"));
        Assert.Contains("'Bounced twice' could say that a reader has left", report.Fault, StringComparison.Ordinal);

        var text = "id,email,subscribed_to_emails,complimentary_plan,created_at,Language,Opted out\n"
            + "1,a@example.com,true,false,2024-01-01,ar,\n2,b@example.com,true,false,2024-01-01,en,yes\n";
        Assert.Equal((1, 1, "Ghost"), await ImportAsync(text) is var read ? (read.Added, read.Inactive, read.Service) : default);
        Assert.Equal("ar", (await fixture.FindAsync("a@example.com"))!.Language);
    }

    [Theory]
    [InlineData("mailchimp-unsubscribed.csv", "UNSUB_TIME", "no column UNSUB_TIME, which says who has left")]
    [InlineData("mailchimp-cleaned.csv", "CLEAN_TIME", "no column CLEAN_TIME, which says who has left")]
    [InlineData("mailchimp-subscribed.csv", "LAST_CHANGED", "no column LAST_CHANGED, which files of subscribed people have")]
    [InlineData("substack.csv", "email_disabled", "no column email_disabled, which says who has left")]
    [InlineData("ghost.csv", "subscribed_to_emails", "no column subscribed_to_emails, which says who has left")]
    [InlineData("listmonk.csv", "status", "no column status, which says who has left")]
    [InlineData("buttondown.csv", "subscriber_type", "no column subscriber_type or type, which says who has left")]
    [InlineData("mailpoet.csv", "Global status", "no column Global status, which says who has left")]
    public async Task An_export_whose_column_of_the_state_has_another_name_is_refused(string file, string column, string fault)
    {
        var report = await ImportAsync(Header(Read(file), line => line.Replace(column, "Remark", StringComparison.Ordinal)));
        Assert.Equal((0, 0), (report.Rows, report.Added));
        Assert.Contains(fault, report.Fault, StringComparison.Ordinal);
        Assert.Null(await fixture.FindAsync("amira@example.com"));
    }

    [Fact]
    public async Task A_first_line_that_fits_two_services_is_refused_with_both()
    {
        var report = await ImportAsync(
            "email,active_subscription,expiry,email_disabled,subscribed_to_emails,complimentary_plan\n"
                + "a@example.com,true,,false,true,false\n");
        Assert.StartsWith("Line 1 has the columns of exports of Substack and Ghost.", report.Fault, StringComparison.Ordinal);
        Assert.Null(await fixture.FindAsync("a@example.com"));
    }

    [Theory]
    [InlineData("email,E-Mail,status\na@example.com,b@example.com,active\n", "'email' twice")]
    [InlineData("email,status,zone,Zone\na@example.com,active,Europe/Paris,\n", "'zone' twice")]
    [InlineData("email,created_at,Created At\na@example.com,2024-01-01,2024-02-02\n", "'created_at' twice")]
    public async Task Two_columns_of_one_name_and_different_values_refuse_the_file(string text, string fault) =>
        Assert.Contains(fault, (await ImportAsync(text)).Fault, StringComparison.Ordinal);

    [Fact]
    public async Task Two_columns_of_the_state_both_count()
    {
        var report = await ImportAsync("email,status,Status\na@example.com,active,unsubscribed\nb@example.com,active,active\n");
        Assert.Equal((null, 1, 1), (report.Fault, report.Added, report.Inactive));
        Assert.Null(await fixture.FindAsync("a@example.com"));
    }

    [Fact]
    public async Task A_name_of_any_length_and_any_number_of_columns_are_read_or_refused()
    {
        var endless = await ImportAsync($"email,unsubscribed{string.Concat(Enumerable.Repeat("at", 20_000))}\na@example.com,1\n");
        Assert.Contains("could say that a reader has left", endless.Fault, StringComparison.Ordinal);
        Assert.True(endless.Fault!.Length < 400);
        var many = string.Join(',', Enumerable.Range(0, 8000).Select(number => "c" + number));
        var wide = await ImportAsync($"email,{many}\na@example.com{new string(',', 8000)}\n");
        Assert.Equal((null, 1), (wide.Fault, wide.Added));
        var huge = await ImportAsync($"email,{new string('c', 100_000)}\nb@example.com,1\n");
        Assert.StartsWith("Line 1: not CSV.", huge.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Semicolons_and_escaped_quotation_marks_subscribe_nobody_who_has_left()
    {
        var text = Read("mailpoet.csv").Replace("\"Dora\"", "\"Do\\\"ra\"", StringComparison.Ordinal)
            .Replace("\"Kis\"", "\"K\\\"is\"", StringComparison.Ordinal);
        foreach (var variant in new[] { text, text.Replace(',', ';') })
        {
            var report = await ImportAsync(variant);
            Assert.Equal("MailPoet", report.Service);
            Assert.Null(await fixture.FindAsync("dora@example.com"));
        }
    }

    [Theory]
    [InlineData("nonsubscribed_email_audience_export_0a1b2c.csv", true)]
    [InlineData("SMS_only_audience_export_0a1b2c.csv", true)]
    [InlineData("subscribed_email_audience_export_0a1b2c.csv", false)]
    public async Task Contacts_of_Mailchimp_who_never_subscribed_are_refused_by_the_name_of_the_file(string name, bool isRefused)
    {
        var report = await fixture.Import.ExecuteAsync(
            Csv(Read("mailchimp-subscribed.csv")), "move", dryRun: false, refused.Add, null, TestContext.Current.CancellationToken,
            name: name);
        Assert.Equal(isRefused, report.Fault?.Contains("who never subscribed", StringComparison.Ordinal) == true);
        Assert.Equal(isRefused ? 0 : 3, report.Added);
    }

    [Fact]
    public async Task A_state_that_looks_like_an_address_is_not_repeated()
    {
        var report = await ImportAsync("email,status\na@example.com,b@example.com\n");
        Assert.Equal([new LeftOutState("status", "…", 1, false)], report.States);
    }

    public void Dispose() => fixture.Dispose();

    private static string Words(LeftOutState state) => $"{state.Column}={state.Value}:{state.Rows}{(state.IsKnown ? '+' : '?')}";

    private static DateTimeOffset Seconds(DateTimeOffset instant) => instant.AddTicks(-(instant.Ticks % TimeSpan.TicksPerSecond));

    private static string Header(string text, Func<string, string> change) =>
        change(text[..text.IndexOf('\n')]) + text[text.IndexOf('\n')..];

    internal static string Read(string file) =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Subscribers", "Lists", "Exports", file));

    private static MemoryStream Csv(string text) => new(Encoding.UTF8.GetBytes(text));

    private Task<ImportReport> ImportAsync(string text, bool dryRun = false) => fixture.Import.ExecuteAsync(
        Csv(text), "move", dryRun, refused.Add, null, TestContext.Current.CancellationToken);
}
