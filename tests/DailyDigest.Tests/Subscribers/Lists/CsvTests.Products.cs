using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

/// <summary>Lists as other programs export them: their names of columns, and how they say that somebody has left.</summary>
public sealed partial class CsvTests
{
    [Theory]
    [InlineData(
        "Email Address,First Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,TIMEZONE,LAST_CHANGED,LEID,EUID,NOTES,TAGS,"
            + "UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_REASON,CLEAN_TIME",
        "{0},Ann,2,,,2025-03-01 10:00:00,192.0.2.1,Europe/Berlin,2025-03-01 10:00:00,1,a1,,\"\"\"sport\"\",\"\"vip\"\"\",,,,",
        "{0},Ann,2,,,2025-03-01 10:00:00,,,,1,a1,,,2025-06-01 10:00:00,Weekly,NORMAL,",
        "{0},Ann,2,,,2025-03-01 10:00:00,,,,1,a1,,,,,,2025-06-01 10:00:00")]
    [InlineData(
        "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at",
        "{0},false,,other,false,2025-03-01T10:00:00.000Z,", "{0},true,,yearly,true,2025-03-01T10:00:00.000Z,")]
    [InlineData(
        "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers",
        "6,{0},Ann,,true,false,,2025-03-01T10:00:00.000Z,,\"Sport,vip\",", "6,{0},Ann,,false,false,,2025-03-01T10:00:00.000Z,,,",
        "6,{0},Ann,,true,false,,2025-03-01T10:00:00.000Z,2025-06-01T10:00:00.000Z,,")]
    [InlineData(
        "uuid,email,name,attributes,status,created_at,updated_at",
        "a-1,{0},Ann,\"{{\"\"city\"\": \"\"Oslo\"\"}}\",enabled,2025-03-01T10:00:00Z,2025-03-01T10:00:00Z",
        "a-1,{0},Ann,{{}},blocklisted,2025-03-01T10:00:00Z,", "a-1,{0},Ann,{{}},disabled,2025-03-01T10:00:00Z,")]
    [InlineData(
        "id,email_address,notes,tags,type,source,creation_date,unsubscription_date,unsubscription_reason,undeliverability_date",
        "1,{0},,sport,regular,form,2025-03-01T10:00:00.123456Z,,,", "1,{0},,,unactivated,form,2025-03-01T10:00:00Z,,,",
        "1,{0},,,regular,form,2025-03-01T10:00:00Z,2025-06-01,,", "1,{0},,,undeliverable,form,2025-03-01T10:00:00Z,,,2025-06-01")]
    [InlineData(
        "Email,First name,Last name,List,Global status,List status,Subscribed on",
        "{0},Ann,Lee,News,Subscribed,Subscribed,2025-03-01 10:00:00", "{0},Ann,Lee,News,Subscribed,Unsubscribed,2025-03-01 10:00:00",
        "{0},Ann,Lee,News,Bounced,Subscribed,2025-03-01 10:00:00", "{0},Ann,Lee,News,Unconfirmed,Unconfirmed,")]
    public async Task An_export_of_another_program_is_read_and_who_left_there_is_left_out(string header, string stays, params string[] left)
    {
        foreach (var text in new[] { header, header.ToUpperInvariant(), header.Replace('_', ' ').ToLowerInvariant() })
        {
            using var own = new SubscriberFixture();
            var rows = left.Prepend(stays)
                .Select((row, number) => string.Format(CultureInfo.InvariantCulture, row, $"reader{number}@example.com"));
            var report = await own.Import.ExecuteAsync(
                Csv(text + "\n" + string.Join('\n', rows) + "\n"), "move", dryRun: false, refused.Add, null, CancellationToken.None);

            Assert.Equal((null, 1, left.Length, 0, 0), (report.Fault, report.Added, report.Inactive, report.Refused, report.Undated));
            var person = (await own.FindAsync("reader0@example.com"))!;
            Assert.Equal(new DateTimeOffset(2025, 3, 1, 10, 0, 0, TimeSpan.Zero), person.Consent.At!.Value.AddTicks(
                -(person.Consent.At.Value.Ticks % TimeSpan.TicksPerSecond)));
            string[] sections = stays.Contains("sport", StringComparison.OrdinalIgnoreCase) ? ["Sport"] : [];
            Assert.Equal(sections, person.Sections);
            Assert.All(report.Unmatched, choice => Assert.Equal("tag", choice.Kind));
        }
    }

    [Theory]
    [InlineData("Unsubscribe link")]
    [InlineData("Bounce score")]
    [InlineData("member_status_code")]
    [InlineData("Opt-out channel")]
    [InlineData("Cancel date")]
    [InlineData("Churned")]
    [InlineData("Подписка")]
    public async Task A_column_that_could_say_has_left_and_is_not_understood_refuses_the_file(string column)
    {
        var report = await ImportAsync($"email,{column}\na@example.com,1\n");
        Assert.Equal(0, report.Rows);
        Assert.Contains($"The column '{column}' could say that a reader has left", report.Fault, StringComparison.Ordinal);
        Assert.Null(await fixture.FindAsync("a@example.com"));
    }

    [Theory]
    [InlineData("Unsubscribed", "no", "yes")]
    [InlineData("is_unsubscribed", "FALSE", "TRUE")]
    [InlineData("Opt-Out", "0", "1")]
    [InlineData("Opted out at", "0000-00-00 00:00:00", "2025-01-01")]
    [InlineData("Bounced?", "", "x")]
    [InlineData("Do not email", "N", "Y")]
    [InlineData("Spam complaint date", "NULL", "yesterday")]
    [InlineData("Subscribed", "Yes", "No")]
    [InlineData("Accepts Email Marketing", "yes", "no")]
    [InlineData("Opt-in", "true", "false")]
    [InlineData("E-Mail Marketing Consent", "SUBSCRIBED", "NEVER_SUBSCRIBED")]
    [InlineData("State", "CA", "bounced")]
    [InlineData("state", "active", "cancelled")]
    [InlineData("State", "Active", "Deleted")]
    [InlineData("Unsubscribed from all email", "false", "true")]
    [InlineData("EMAIL_BLACKLISTED,SMS_BLACKLISTED", "No,Yes", "Yes,No")]
    public async Task A_column_says_who_is_subscribed_and_who_has_left(string column, string stays, string left)
    {
        var report = await ImportAsync($"E-mail,{column}\nstays@example.com,{stays}\nleft@example.com,{left}\n");
        Assert.Equal((null, 1, 1, 0), (report.Fault, report.Added, report.Inactive, report.Refused));
        Assert.NotNull(await fixture.FindAsync("stays@example.com"));
    }

    [Fact]
    public async Task A_value_that_is_neither_yes_nor_no_refuses_its_row()
    {
        var report = await ImportAsync("email,subscribed_to_emails\na@example.com,perhaps\nb@example.com,\nc@example.com,true\n");
        Assert.Equal((1, 2), (report.Added, report.Refused));
        Assert.All(refused, row => Assert.StartsWith("subscribed_to_emails: neither yes nor no", row.Reason, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("active", "unsubscribed")]
    [InlineData("unsubscribed", "active")]
    public async Task Who_left_by_one_row_is_left_out_whatever_other_rows_say(string first, string second)
    {
        var report = await ImportAsync(
            $"email,status\na@example.com,{first}\nb@example.com,active\nA@Example.com,{second}\nc@example.com,active\n");
        Assert.Equal((2, 2, 0), (report.Added, report.Inactive, report.Refused));
        Assert.Null(await fixture.FindAsync("a@example.com"));
    }

    [Fact]
    public async Task The_order_of_day_and_month_can_be_given_for_a_file()
    {
        var report = await fixture.Import.ExecuteAsync(
            Csv("email,joined\na@example.com,02/03/2025\n"), "move", dryRun: false, refused.Add, null, CancellationToken.None,
            DayMonth.DayFirst);
        Assert.Equal((1, 0), (report.Added, report.Refused));
        Assert.Equal(new DateTimeOffset(2025, 3, 2, 0, 0, 0, TimeSpan.Zero), (await fixture.FindAsync("a@example.com"))!.Consent.At);
    }

    [Fact]
    public async Task What_was_pasted_around_an_address_is_left_out()
    {
        var report = await ImportAsync("email\n<a@example.com>\n\u200bb@example.com\u200b\n（c@example.com）\n");
        Assert.Equal((3, 0), (report.Added, report.Refused));
        Assert.NotNull(await fixture.FindAsync("b@example.com"));
    }
}
