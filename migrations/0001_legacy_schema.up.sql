-- The schema as the application built it, before any improvement. An empty database gets it from here; the
-- legacy database has it already and is baselined, so this file never runs there.

CREATE TYPE public.age_group AS ENUM (
  'infant',
  'young_toddler',
  'toddler',
  'preschool',
  'school_age',
  'older_school_age'
);

CREATE TABLE public.alerts (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  type text NOT NULL,
  message text NOT NULL,
  room text,
  severity text NOT NULL,
  is_read boolean DEFAULT false,
  created_at timestamp DEFAULT now(),
  CONSTRAINT alerts_pkey PRIMARY KEY (id)
);

CREATE TABLE public.children (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  first_name text NOT NULL,
  last_name text NOT NULL,
  date_of_birth timestamp NOT NULL,
  age_group public.age_group NOT NULL,
  room text NOT NULL,
  parent_name text NOT NULL,
  parent_email text,
  parent_phone text,
  emergency_contact_name text,
  emergency_contact_phone text,
  is_active boolean DEFAULT true,
  created_at timestamp DEFAULT now(),
  allergies text[] DEFAULT '{}',
  medical_notes text,
  immunizations text[] DEFAULT '{}',
  profile_photo_url text,
  enrollment_date timestamp DEFAULT now(),
  tuition_rate integer,
  face_descriptor text,
  fingerprint_hash text,
  biometric_enrolled_at timestamp,
  biometric_enabled boolean DEFAULT false,
  medical_conditions text[] DEFAULT '{}',
  blood_type text,
  primary_physician text,
  current_medications text,
  dietary_restrictions text[] DEFAULT '{}',
  food_allergies text[] DEFAULT '{}',
  special_care_instructions text,
  physical_limitations text,
  emergency_medical_authorization boolean DEFAULT false,
  epi_pen_required boolean DEFAULT false,
  inhaler_required boolean DEFAULT false,
  physician_phone text,
  pediatrician_name text,
  pediatrician_phone text,
  preferred_hospital text,
  insurance_provider text,
  insurance_policy_number text,
  insurance_group_number text,
  medical_action_plan text,
  immunization_records text,
  immunization_exemptions text[] DEFAULT '{}',
  next_immunization_due timestamp,
  last_health_check timestamp,
  health_check_notes text,
  unenrollment_date timestamp,
  enrollment_status text DEFAULT 'enrolled',
  unenrollment_reason text,
  stripe_customer_id text,
  stripe_subscription_id text,
  subscription_status text,
  CONSTRAINT children_pkey PRIMARY KEY (id)
);

CREATE TABLE public.attendance (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  child_id varchar NOT NULL,
  check_in_time timestamp NOT NULL,
  check_out_time timestamp,
  checked_in_by text NOT NULL,
  checked_out_by text,
  room text NOT NULL,
  date timestamp NOT NULL,
  created_at timestamp DEFAULT now(),
  check_in_photo_url text,
  check_out_photo_url text,
  notes text,
  mood_rating integer,
  activities_completed text[] DEFAULT '{}',
  biometric_method text,
  biometric_confidence text,
  CONSTRAINT attendance_pkey PRIMARY KEY (id),
  CONSTRAINT attendance_child_id_children_id_fk FOREIGN KEY (child_id) REFERENCES public.children (id)
);

CREATE TABLE public.billing (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  child_id varchar NOT NULL,
  period_start timestamp NOT NULL,
  period_end timestamp NOT NULL,
  attendance_days integer NOT NULL,
  tuition_amount integer NOT NULL,
  extra_fees integer DEFAULT 0,
  total_amount integer NOT NULL,
  status text DEFAULT 'pending',
  quickbooks_id text,
  due_date timestamp NOT NULL,
  created_at timestamp DEFAULT now(),
  CONSTRAINT billing_pkey PRIMARY KEY (id),
  CONSTRAINT billing_child_id_children_id_fk FOREIGN KEY (child_id) REFERENCES public.children (id)
);

CREATE TABLE public.child_schedules (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  child_id varchar NOT NULL,
  room text NOT NULL,
  date timestamp NOT NULL,
  scheduled_arrival timestamp NOT NULL,
  scheduled_departure timestamp NOT NULL,
  actual_arrival timestamp,
  actual_departure timestamp,
  is_present boolean DEFAULT false,
  schedule_type text DEFAULT 'regular',
  is_recurring boolean DEFAULT true,
  recurring_pattern text DEFAULT 'weekly',
  recurring_days text[] DEFAULT '{}',
  recurring_until timestamp,
  meal_plan text[] DEFAULT '{}',
  nap_time text,
  special_needs text,
  notes text,
  parent_approved boolean DEFAULT false,
  status text DEFAULT 'scheduled',
  created_at timestamp DEFAULT now(),
  CONSTRAINT child_schedules_pkey PRIMARY KEY (id),
  CONSTRAINT child_schedules_child_id_fkey FOREIGN KEY (child_id) REFERENCES public.children (id)
);

CREATE TABLE public.daily_reports (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  child_id varchar NOT NULL,
  date timestamp NOT NULL,
  attendance_status text NOT NULL,
  meals text[] DEFAULT '{}',
  nap_notes text,
  activities text[] DEFAULT '{}',
  behavior_notes text,
  photo_urls text[] DEFAULT '{}',
  is_generated boolean DEFAULT false,
  sent_to_parent boolean DEFAULT false,
  created_at timestamp DEFAULT now(),
  CONSTRAINT daily_reports_pkey PRIMARY KEY (id),
  CONSTRAINT daily_reports_child_id_children_id_fk FOREIGN KEY (child_id) REFERENCES public.children (id)
);

CREATE TABLE public.document_types (
  id text DEFAULT gen_random_uuid() NOT NULL,
  name text NOT NULL,
  category text NOT NULL,
  description text,
  is_required boolean DEFAULT true NOT NULL,
  renewal_frequency text NOT NULL,
  custom_frequency_days integer,
  alert_days_before integer DEFAULT 30 NOT NULL,
  regulatory_body text,
  compliance_notes text,
  created_at timestamp DEFAULT now() NOT NULL,
  updated_at timestamp DEFAULT now() NOT NULL,
  CONSTRAINT document_types_pkey PRIMARY KEY (id)
);

CREATE TABLE public.documents (
  id text DEFAULT gen_random_uuid() NOT NULL,
  document_type_id text NOT NULL,
  title text NOT NULL,
  description text,
  issue_date timestamp NOT NULL,
  expiration_date timestamp NOT NULL,
  status text DEFAULT 'active' NOT NULL,
  document_number text,
  issuing_authority text,
  contact_info text,
  file_path text,
  last_reminder_sent timestamp,
  is_active boolean DEFAULT true NOT NULL,
  created_by text NOT NULL,
  updated_by text,
  created_at timestamp DEFAULT now() NOT NULL,
  updated_at timestamp DEFAULT now() NOT NULL,
  CONSTRAINT documents_pkey PRIMARY KEY (id),
  CONSTRAINT documents_document_type_id_fkey FOREIGN KEY (document_type_id) REFERENCES public.document_types (id)
);

CREATE TABLE public.document_reminders (
  id text DEFAULT gen_random_uuid() NOT NULL,
  document_id text NOT NULL,
  reminder_type text NOT NULL,
  reminder_date timestamp NOT NULL,
  message text NOT NULL,
  sent_at timestamp,
  acknowledged_at timestamp,
  acknowledged_by text,
  priority text DEFAULT 'medium' NOT NULL,
  is_active boolean DEFAULT true NOT NULL,
  created_at timestamp DEFAULT now() NOT NULL,
  CONSTRAINT document_reminders_pkey PRIMARY KEY (id),
  CONSTRAINT document_reminders_document_id_fkey FOREIGN KEY (document_id) REFERENCES public.documents (id)
);

CREATE TABLE public.document_renewals (
  id text DEFAULT gen_random_uuid() NOT NULL,
  document_id text NOT NULL,
  previous_expiration_date timestamp NOT NULL,
  new_expiration_date timestamp NOT NULL,
  renewal_date timestamp DEFAULT now() NOT NULL,
  cost text,
  processed_by text NOT NULL,
  notes text,
  file_path text,
  created_at timestamp DEFAULT now() NOT NULL,
  CONSTRAINT document_renewals_pkey PRIMARY KEY (id),
  CONSTRAINT document_renewals_document_id_fkey FOREIGN KEY (document_id) REFERENCES public.documents (id)
);

CREATE TABLE public.staff (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  first_name text NOT NULL,
  last_name text NOT NULL,
  email text,
  phone text,
  position text NOT NULL,
  is_active boolean DEFAULT true,
  created_at timestamp DEFAULT now(),
  face_descriptor text,
  fingerprint_hash text,
  biometric_enrolled_at timestamp,
  biometric_enabled boolean DEFAULT false,
  employee_number text,
  hourly_rate integer,
  salary_amount integer,
  pay_type text DEFAULT 'hourly',
  tax_filing_status text DEFAULT 'single',
  w4_allowances integer DEFAULT 0,
  additional_tax_withholding integer DEFAULT 0,
  direct_deposit_account text,
  direct_deposit_routing text,
  CONSTRAINT staff_pkey PRIMARY KEY (id),
  CONSTRAINT staff_email_unique UNIQUE (email)
);

CREATE TABLE public.media_shares (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  child_id varchar NOT NULL,
  staff_id varchar NOT NULL,
  media_url text NOT NULL,
  media_type text NOT NULL,
  caption text,
  is_visible boolean DEFAULT true,
  created_at timestamp DEFAULT now(),
  CONSTRAINT media_shares_pkey PRIMARY KEY (id),
  CONSTRAINT media_shares_child_id_children_id_fk FOREIGN KEY (child_id) REFERENCES public.children (id),
  CONSTRAINT media_shares_staff_id_staff_id_fk FOREIGN KEY (staff_id) REFERENCES public.staff (id)
);

CREATE TABLE public.messages (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  sender_id varchar NOT NULL,
  recipient_type text NOT NULL,
  recipient_id varchar,
  subject text,
  content text NOT NULL,
  attachment_urls text[] DEFAULT '{}',
  is_read boolean DEFAULT false,
  priority text DEFAULT 'normal',
  created_at timestamp DEFAULT now(),
  CONSTRAINT messages_pkey PRIMARY KEY (id),
  CONSTRAINT messages_sender_id_staff_id_fk FOREIGN KEY (sender_id) REFERENCES public.staff (id)
);

CREATE TABLE public.parents (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  username varchar(255) NOT NULL,
  password_hash text NOT NULL,
  email text NOT NULL,
  first_name text NOT NULL,
  last_name text NOT NULL,
  phone text,
  children_ids text[] DEFAULT '{}',
  last_login timestamp,
  email_verified boolean DEFAULT false,
  reset_token text,
  reset_token_expiry timestamp,
  notification_preferences text,
  is_active boolean DEFAULT true,
  created_at timestamp DEFAULT now(),
  updated_at timestamp DEFAULT now(),
  CONSTRAINT parents_pkey PRIMARY KEY (id),
  CONSTRAINT parents_email_key UNIQUE (email),
  CONSTRAINT parents_username_key UNIQUE (username)
);

CREATE TABLE public.pay_periods (
  id text DEFAULT (gen_random_uuid())::text NOT NULL,
  start_date date NOT NULL,
  end_date date NOT NULL,
  pay_date date NOT NULL,
  status text DEFAULT 'open',
  total_gross_pay integer DEFAULT 0,
  total_net_pay integer DEFAULT 0,
  total_taxes integer DEFAULT 0,
  processed_by text,
  processed_at timestamp,
  created_at timestamp DEFAULT now(),
  updated_at timestamp DEFAULT now(),
  CONSTRAINT pay_periods_pkey PRIMARY KEY (id)
);

CREATE TABLE public.pay_stubs (
  id text DEFAULT (gen_random_uuid())::text NOT NULL,
  staff_id text NOT NULL,
  pay_period_id text NOT NULL,
  regular_hours integer DEFAULT 0,
  overtime_hours integer DEFAULT 0,
  total_hours integer DEFAULT 0,
  regular_pay integer DEFAULT 0,
  overtime_pay integer DEFAULT 0,
  gross_pay integer DEFAULT 0,
  federal_tax integer DEFAULT 0,
  state_tax integer DEFAULT 0,
  social_security_tax integer DEFAULT 0,
  medicare_tax integer DEFAULT 0,
  health_insurance integer DEFAULT 0,
  retirement_401k integer DEFAULT 0,
  other_deductions integer DEFAULT 0,
  total_deductions integer DEFAULT 0,
  net_pay integer DEFAULT 0,
  created_at timestamp DEFAULT now(),
  updated_at timestamp DEFAULT now(),
  CONSTRAINT pay_stubs_pkey PRIMARY KEY (id),
  CONSTRAINT pay_stubs_pay_period_id_fkey FOREIGN KEY (pay_period_id) REFERENCES public.pay_periods (id),
  CONSTRAINT pay_stubs_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES public.staff (id)
);

CREATE TABLE public.payroll_audit (
  id text DEFAULT (gen_random_uuid())::text NOT NULL,
  table_name text NOT NULL,
  record_id text NOT NULL,
  action text NOT NULL,
  old_values jsonb,
  new_values jsonb,
  changed_by text,
  changed_at timestamp DEFAULT now(),
  CONSTRAINT payroll_audit_pkey PRIMARY KEY (id)
);

CREATE TABLE public.payroll_reports (
  id text DEFAULT (gen_random_uuid())::text NOT NULL,
  pay_period_id text NOT NULL,
  report_type text NOT NULL,
  report_data jsonb,
  generated_by text,
  generated_at timestamp DEFAULT now(),
  report_pdf_url text,
  CONSTRAINT payroll_reports_pkey PRIMARY KEY (id),
  CONSTRAINT payroll_reports_pay_period_id_fkey FOREIGN KEY (pay_period_id) REFERENCES public.pay_periods (id)
);

CREATE TABLE public.room_schedules (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  room text NOT NULL,
  date timestamp NOT NULL,
  time_slot text NOT NULL,
  max_capacity integer NOT NULL,
  current_occupancy integer DEFAULT 0,
  staff_required integer NOT NULL,
  staff_assigned integer DEFAULT 0,
  is_available boolean DEFAULT true,
  activities text[] DEFAULT '{}',
  special_requirements text,
  notes text,
  created_at timestamp DEFAULT now(),
  CONSTRAINT room_schedules_pkey PRIMARY KEY (id)
);

CREATE TABLE public.safety_reminders (
  id text DEFAULT gen_random_uuid() NOT NULL,
  title text NOT NULL,
  description text,
  category text NOT NULL,
  priority text DEFAULT 'medium' NOT NULL,
  frequency text NOT NULL,
  custom_interval integer,
  next_due_date timestamp NOT NULL,
  last_completed_date timestamp,
  is_active boolean DEFAULT true NOT NULL,
  is_paused boolean DEFAULT false NOT NULL,
  created_at timestamp DEFAULT now() NOT NULL,
  updated_at timestamp DEFAULT now() NOT NULL,
  created_by text NOT NULL,
  assigned_to text,
  completion_notes text,
  alert_days_before integer DEFAULT 3 NOT NULL,
  CONSTRAINT safety_reminders_pkey PRIMARY KEY (id)
);

CREATE TABLE public.safety_reminder_completions (
  id text DEFAULT gen_random_uuid() NOT NULL,
  reminder_id text NOT NULL,
  completed_at timestamp DEFAULT now() NOT NULL,
  completed_by text NOT NULL,
  notes text,
  next_scheduled_date timestamp,
  attachments text[] DEFAULT '{}',
  CONSTRAINT safety_reminder_completions_pkey PRIMARY KEY (id),
  CONSTRAINT safety_reminder_completions_reminder_id_fkey FOREIGN KEY (reminder_id) REFERENCES public.safety_reminders (id)
);

CREATE TABLE public.schedule_templates (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  name text NOT NULL,
  description text,
  entity_type text NOT NULL,
  template_data text NOT NULL,
  is_active boolean DEFAULT true,
  created_by varchar NOT NULL,
  created_at timestamp DEFAULT now(),
  CONSTRAINT schedule_templates_pkey PRIMARY KEY (id),
  CONSTRAINT schedule_templates_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.staff (id)
);

CREATE TABLE public.security_devices (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  name text NOT NULL,
  type text NOT NULL,
  location text NOT NULL,
  connection_type text NOT NULL,
  connection_config text NOT NULL,
  is_enabled boolean DEFAULT true,
  unlock_duration integer DEFAULT 5,
  fail_safe_mode text DEFAULT 'secure',
  last_ping timestamp,
  status text DEFAULT 'offline',
  created_at timestamp DEFAULT now(),
  updated_at timestamp DEFAULT now(),
  CONSTRAINT security_devices_pkey PRIMARY KEY (id)
);

CREATE TABLE public.security_credentials (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  user_id text NOT NULL,
  device_id varchar NOT NULL,
  credential_type text NOT NULL,
  credential_data text NOT NULL,
  is_active boolean DEFAULT true,
  expires_at timestamp,
  created_at timestamp DEFAULT now(),
  updated_at timestamp DEFAULT now(),
  CONSTRAINT security_credentials_pkey PRIMARY KEY (id),
  CONSTRAINT security_credentials_device_id_security_devices_id_fk FOREIGN KEY (device_id) REFERENCES public.security_devices (id)
);

CREATE TABLE public.security_logs (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  device_id varchar NOT NULL,
  user_id text,
  action text NOT NULL,
  method text,
  success boolean NOT NULL,
  details text,
  ip_address text,
  timestamp timestamp DEFAULT now(),
  CONSTRAINT security_logs_pkey PRIMARY KEY (id),
  CONSTRAINT security_logs_device_id_security_devices_id_fk FOREIGN KEY (device_id) REFERENCES public.security_devices (id)
);

CREATE TABLE public.security_zones (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  name text NOT NULL,
  description text,
  device_ids text[] DEFAULT '{}',
  access_rules text NOT NULL,
  is_active boolean DEFAULT true,
  created_at timestamp DEFAULT now(),
  updated_at timestamp DEFAULT now(),
  CONSTRAINT security_zones_pkey PRIMARY KEY (id)
);

CREATE TABLE public.sessions (
  id text NOT NULL,
  user_id text NOT NULL,
  username text NOT NULL,
  role text NOT NULL,
  login_time timestamp DEFAULT now() NOT NULL,
  last_activity timestamp DEFAULT now() NOT NULL,
  end_time timestamp,
  ip_address text,
  user_agent text,
  is_active boolean DEFAULT true NOT NULL,
  end_reason text,
  CONSTRAINT sessions_pkey PRIMARY KEY (id)
);

CREATE TABLE public.session_activity (
  id text DEFAULT gen_random_uuid() NOT NULL,
  session_id text NOT NULL,
  action text NOT NULL,
  path text,
  timestamp timestamp DEFAULT now() NOT NULL,
  details text,
  CONSTRAINT session_activity_pkey PRIMARY KEY (id),
  CONSTRAINT session_activity_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.sessions (id)
);

CREATE TABLE public.settings (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  key text NOT NULL,
  value text NOT NULL,
  updated_at timestamp DEFAULT now(),
  CONSTRAINT settings_pkey PRIMARY KEY (id),
  CONSTRAINT settings_key_unique UNIQUE (key)
);

CREATE TABLE public.staff_schedules (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  staff_id varchar NOT NULL,
  room text NOT NULL,
  scheduled_start timestamp NOT NULL,
  scheduled_end timestamp NOT NULL,
  actual_start timestamp,
  actual_end timestamp,
  date timestamp NOT NULL,
  is_present boolean DEFAULT false,
  created_at timestamp DEFAULT now(),
  schedule_type text DEFAULT 'regular',
  is_recurring boolean DEFAULT false,
  recurring_pattern text,
  recurring_until timestamp,
  notes text,
  approved_by varchar,
  status text DEFAULT 'scheduled',
  CONSTRAINT staff_schedules_pkey PRIMARY KEY (id),
  CONSTRAINT staff_schedules_approved_by_fkey FOREIGN KEY (approved_by) REFERENCES public.staff (id),
  CONSTRAINT staff_schedules_staff_id_staff_id_fk FOREIGN KEY (staff_id) REFERENCES public.staff (id)
);

CREATE TABLE public.state_compliance (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  state text DEFAULT 'West Virginia' NOT NULL,
  ratios_data text NOT NULL,
  federal_compliance text[] DEFAULT '{COPPA,HIPAA,FERPA}',
  additional_rules text,
  is_active boolean DEFAULT true,
  last_updated timestamp DEFAULT now(),
  audit_log text[] DEFAULT '{}',
  created_at timestamp DEFAULT now(),
  CONSTRAINT state_compliance_pkey PRIMARY KEY (id)
);

CREATE TABLE public.state_ratios (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  state text NOT NULL,
  six_weeks text NOT NULL,
  nine_months text NOT NULL,
  eighteen_months text NOT NULL,
  twenty_seven_months text NOT NULL,
  three_years text NOT NULL,
  four_years text NOT NULL,
  five_years text NOT NULL,
  six_years text NOT NULL,
  seven_years text NOT NULL,
  eight_nine_years text NOT NULL,
  ten_plus_years text NOT NULL,
  created_at timestamp DEFAULT now(),
  CONSTRAINT state_ratios_pkey PRIMARY KEY (id),
  CONSTRAINT state_ratios_state_unique UNIQUE (state)
);

CREATE TABLE public.teacher_notes (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  child_id varchar NOT NULL,
  staff_id varchar NOT NULL,
  date timestamp NOT NULL,
  note text NOT NULL,
  category text,
  created_at timestamp DEFAULT now() NOT NULL,
  CONSTRAINT teacher_notes_pkey PRIMARY KEY (id),
  CONSTRAINT teacher_notes_child_id_fkey FOREIGN KEY (child_id) REFERENCES public.children (id),
  CONSTRAINT teacher_notes_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES public.staff (id)
);

CREATE TABLE public.timesheet_entries (
  id text DEFAULT (gen_random_uuid())::text NOT NULL,
  staff_id text NOT NULL,
  pay_period_id text,
  date date NOT NULL,
  clock_in_time timestamp,
  clock_out_time timestamp,
  break_minutes integer DEFAULT 0,
  regular_hours integer DEFAULT 0,
  overtime_hours integer DEFAULT 0,
  total_hours integer DEFAULT 0,
  hourly_rate integer,
  notes text,
  is_approved boolean DEFAULT false,
  approved_by text,
  approved_at timestamp,
  created_at timestamp DEFAULT now(),
  updated_at timestamp DEFAULT now(),
  CONSTRAINT timesheet_entries_pkey PRIMARY KEY (id),
  CONSTRAINT timesheet_entries_pay_period_id_fkey FOREIGN KEY (pay_period_id) REFERENCES public.pay_periods (id),
  CONSTRAINT timesheet_entries_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES public.staff (id)
);

CREATE TABLE public.user_profiles (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  user_id varchar NOT NULL,
  username text NOT NULL,
  email text,
  role text NOT NULL,
  first_name text NOT NULL,
  last_name text NOT NULL,
  phone_number text,
  date_of_birth timestamp,
  street text,
  city text,
  state text,
  zip_code text,
  job_title text,
  department text,
  employee_id text,
  hire_date timestamp,
  children_ids text[] DEFAULT '{}',
  emergency_contact text,
  profile_picture_url text,
  bio text,
  preferred_language text DEFAULT 'en',
  notification_preferences text,
  is_active boolean DEFAULT true,
  last_login_at timestamp,
  created_at timestamp DEFAULT now(),
  updated_at timestamp DEFAULT now(),
  CONSTRAINT user_profiles_pkey PRIMARY KEY (id),
  CONSTRAINT user_profiles_user_id_key UNIQUE (user_id)
);

CREATE TABLE public.user_roles (
  id varchar DEFAULT gen_random_uuid() NOT NULL,
  staff_id varchar NOT NULL,
  role text NOT NULL,
  permissions text[] DEFAULT '{}',
  created_at timestamp DEFAULT now(),
  CONSTRAINT user_roles_pkey PRIMARY KEY (id),
  CONSTRAINT user_roles_staff_id_staff_id_fk FOREIGN KEY (staff_id) REFERENCES public.staff (id)
);

CREATE TABLE public.user_sessions (
  sid varchar NOT NULL,
  sess json NOT NULL,
  expire timestamp(6) NOT NULL,
  CONSTRAINT session_pkey PRIMARY KEY (sid)
);

CREATE INDEX "IDX_session_expire" ON public.user_sessions (expire);
