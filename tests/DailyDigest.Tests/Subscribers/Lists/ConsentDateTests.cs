using DailyDigest.Calendar;
using DailyDigest.Subscribers;

namespace DailyDigest.Tests.Subscribers;

/// <summary>Dates of consent in lists from other programs.</summary>
public sealed class ConsentDateTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("2025-03-01T10:00:00Z", "2025-03-01T10:00:00Z")]
    [InlineData("2025-03-01T10:00:00.123+02:00", "2025-03-01T08:00:00Z")]
    [InlineData("2025-03-01 10:00:00 UTC", "2025-03-01T10:00:00Z")]
    [InlineData("2025-03-01 10:00", "2025-03-01T10:00:00Z")]
    [InlineData("2025-03-01", "2025-03-01T00:00:00Z")]
    [InlineData("2025/03/01", "2025-03-01T00:00:00Z")]
    [InlineData("1 Mar 2025", "2025-03-01T00:00:00Z")]
    [InlineData("March 1, 2025", "2025-03-01T00:00:00Z")]
    [InlineData("Sat, 01 Mar 2025 10:00:00 GMT", "2025-03-01T10:00:00Z")]
    [InlineData("31/12/2025 23:59", "2025-12-31T23:59:00Z")]
    [InlineData("12/31/2025", "2025-12-31T00:00:00Z")]
    [InlineData("3.3.2025", "2025-03-03T00:00:00Z")]
    [InlineData("2025-03-01 10:00:00.123456+00:00", "2025-03-01T10:00:00Z")]
    [InlineData("01-Mar-2025 10:00 PM", "2025-03-01T22:00:00Z")]
    [InlineData("1. M\u00e4rz 2025", "2025-03-01T00:00:00Z")]
    public void A_date_with_one_meaning_is_read(string text, string expected)
    {
        Assert.Null(ConsentDate.TryRead(text, DayMonth.Unknown, Now, out var instant));
        Assert.Equal(expected, instant.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", null));
    }

    [Theory]
    [InlineData("02/03/2025", DayMonth.DayFirst, "2025-03-02T00:00:00Z")]
    [InlineData("02/03/2025 18:30", DayMonth.MonthFirst, "2025-02-03T18:30:00Z")]
    [InlineData("2.3.2025", DayMonth.MonthFirst, "2025-02-03T00:00:00Z")]
    [InlineData("13/03/2025", DayMonth.MonthFirst, "2025-03-13T00:00:00Z")]
    public void The_order_of_day_and_month_can_be_given(string text, DayMonth order, string expected)
    {
        Assert.Null(ConsentDate.TryRead(text, order, Now, out var instant));
        Assert.Equal(expected, instant.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", null));
    }

    [Theory]
    [InlineData("02/03/2025", "swapped")]
    [InlineData("2.3.2025 10:00", "swapped")]
    [InlineData("02-03-2025", "swapped")]
    [InlineData("01/02/03", "not a date in the past")]
    [InlineData("31/02/2025", "not a date in the past")]
    [InlineData("13/13/2025", "not a date in the past")]
    [InlineData("0/0/2025", "not a date in the past")]
    [InlineData("10:00", "not a date in the past")]
    [InlineData("March 2025", "not a date in the past")]
    [InlineData("2025", "not a date in the past")]
    [InlineData("2027-01-01", "not a date in the past")]
    [InlineData("1970-01-01", "not a date in the past")]
    [InlineData("0000-00-00 00:00:00", "not a date in the past")]
    [InlineData("yes", "not a date in the past")]
    [InlineData("T", "not a date in the past")]
    [InlineData("9999999999999999999999/1/2025", "not a date in the past")]
    public void A_date_with_two_meanings_or_none_is_refused(string text, string reason) =>
        Assert.Contains(reason, ConsentDate.TryRead(text, DayMonth.Unknown, Now, out _), StringComparison.Ordinal);

    [Theory]
    [InlineData("email,created_at", "created_at")]
    [InlineData("email,Created At,consent_at", "consent_at")]
    [InlineData("email,OPT-IN_TIME,CONFIRM_TIME", "CONFIRM_TIME")]
    [InlineData("email,OptIn time", "OptIn time")]
    [InlineData("email,Signup date", "Signup date")]
    [InlineData("email,subscribed_at", "subscribed_at")]
    [InlineData("email,birthday", null)]
    public void The_column_of_the_date_is_found_by_its_usual_names(string header, string? column) =>
        Assert.Equal(column, ConsentDate.Column(header.Split(',')));
}
