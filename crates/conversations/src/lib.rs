#![doc = include_str!("../README.md")]

mod automate;
mod automation;
mod classify;
mod conversation;
mod converse;
mod note;
mod ports;
mod quick_reply;
mod reply;
mod search;
mod short_text;
mod window;

pub use automate::{AUTOMATIC, Automating, AutomationStore, Sorting, Unheard};
pub use automation::{
    Acts, AutoReply, Automations, BadAutomation, Keyword, MOST_A_DAY, Occasion, Pause, Phrase,
    PhrasePlace, ReplyText, is_open,
};
pub use classify::{HeardReply, Intent, ReplyClassifier, RuleClassifier, UnknownIntent};
pub use conversation::{
    Conversation, ConversationStatus, Place, UnknownConversationStatus, is_part_of_thread,
};
pub use converse::{Conversing, ConversingError, NoteRequest};
pub use note::{BadNote, Note, NoteText};
pub use ports::{
    Assignment, ConversationChange, ConversationFilter, Conversations, Thread, WhoseTurn,
};
pub use quick_reply::{
    BadQuickText, BadShortcut, MOST_QUICK_REPLIES, QuickReplies, QuickReply, QuickReplyError,
    QuickText, Shortcut,
};
pub use reply::{ReplyError, ReplyRequest, Substitute};
pub use search::{SearchQuery, SearchWord, words};
pub use short_text::{Assignee, BadText, Label, MOST_LABELS};
pub use window::{Window, WindowKind};
