namespace DailyDigest.Mail.Smtp;

/// <summary>The sender who borrows a connection, and the waits that it accepts.</summary>
/// <param name="IsService">True for a service mail, which may use what a relay keeps of its hour.</param>
/// <param name="WaitsForProbe">
/// False to be refused while another borrower finds out whether the relay can be used again.
/// </param>
/// <param name="WaitsForHour">False to be refused if the relay's messages of the last hour are used up.</param>
internal readonly record struct Borrower(bool IsService, bool WaitsForProbe, bool WaitsForHour);
